"""Checks: keys and how they leak."""
