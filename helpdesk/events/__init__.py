"""What has happened, kept for ever, and who reacts to it."""
