"""Checks: what happens when a provider is slow, full or gone."""
