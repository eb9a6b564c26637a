"""Readers of the files that say what runs when, one scheduler family each."""
