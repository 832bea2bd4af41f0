"""Departments, their addresses and their people."""
