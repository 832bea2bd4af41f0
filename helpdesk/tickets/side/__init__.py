"""Side conversations: letters to and from third parties about a ticket, which its customer never sees."""
