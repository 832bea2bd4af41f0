"""Letters in and out; machinery that has never heard of a ticket."""
