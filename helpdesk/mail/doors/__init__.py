"""The doors letters come in by: each keeps the bytes before it says so."""
