"""The built-in checks: the first plug-in. Membership is by file; there is no list to maintain."""
