"""Complaints on the desk, from the first word to closed."""
