"""Trials of what is promised: mail that survives crashes and faults. Each is a command of its own."""
