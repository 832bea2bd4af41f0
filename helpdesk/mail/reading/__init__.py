"""From bytes to a letter, and from a letter to what is new in it; nothing here asks the database."""
