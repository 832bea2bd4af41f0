"""Rules: when something happens to a ticket, and it is such a one, then this is done."""
