"""What customers thought of the answer."""
