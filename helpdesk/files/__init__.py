"""Files that people sent, kept by what is in them."""
