"""The two languages of the house: who is reading, what a message is called there, how time is told."""
