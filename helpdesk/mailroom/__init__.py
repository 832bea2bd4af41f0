"""What mail means here: letters become tickets, and what happens to tickets becomes letters."""
