"""Statuses and priorities as data of the desk: what they are called, what they look like, and which there are."""
