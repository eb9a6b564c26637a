"""Checks: whether this audit itself is part of the project."""
