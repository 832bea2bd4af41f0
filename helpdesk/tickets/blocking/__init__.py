"""Senders whose letters go into the bin: an address, or all of a domain."""
