"""Telling other programs, by requests that they can check."""
