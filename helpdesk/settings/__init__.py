"""What an administrator changes in the browser, kept in the database."""
