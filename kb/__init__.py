"""What the public reads: the knowledge base and the forum."""
