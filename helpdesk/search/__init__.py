"""Finding articles, topics and whatever else is told to it; knows no ticket."""
