"""What requests are about: each topic decides where a request goes, and what it asks for."""
