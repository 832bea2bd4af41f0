"""Letters out: worded, composed, signed, owed, sent, and what became of them."""
