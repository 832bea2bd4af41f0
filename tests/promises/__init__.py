"""What is promised to whom, and tried before it is promised."""
