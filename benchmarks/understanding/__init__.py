"""How well questions are understood, how sure it is, and how fast: see `__main__`."""
