"""Checks: what calls may cost."""
