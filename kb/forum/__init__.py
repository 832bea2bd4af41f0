"""The public forum."""
