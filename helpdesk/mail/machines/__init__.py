"""What is not written by people: automatic answers, bounces, loops."""
