"""Checks: what runs on a timer."""
