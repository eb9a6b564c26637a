"""Checks: which providers, models and routes are depended on."""
