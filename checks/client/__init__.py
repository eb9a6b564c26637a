"""Checks: what ships to users, and what they can reach."""
