"""Canned replies: words that are kept to be used again, alone or with what becomes of the ticket (a macro)."""
