"""Loops that are compiled, for work that vectors of NumPy would take many passes over."""
