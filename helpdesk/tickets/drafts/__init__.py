"""What agents are writing: kept on the server until it is sent, and seen by those who look at the same ticket."""
