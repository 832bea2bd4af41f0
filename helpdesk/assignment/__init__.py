"""Who gets a ticket: in turn or by load, by skill, by hours, and what becomes of the tickets of who is away."""
