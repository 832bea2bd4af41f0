"""Timers: how long an agent has a ticket in hand, until it is noted as time spent."""
