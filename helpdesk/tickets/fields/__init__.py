"""Fields that a desk adds to its tickets, what tickets say in them, and carriers, whose numbers some of them hold."""
