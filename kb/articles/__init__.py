"""Articles: the knowledge base."""
