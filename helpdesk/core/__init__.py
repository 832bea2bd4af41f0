"""The ground: knows nothing of help desks."""
