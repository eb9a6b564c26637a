"""The errors that a user can meet, each with one line that says what is wrong and what to do."""

from __future__ import annotations


class AuditorError(Exception):
    """Anything that stops an audit and is not a bug here. Its text is one line for the user."""


class UsageError(AuditorError):
    """Wrong command line or configuration: exit code 2."""


class ConfigError(UsageError):
    """The configuration cannot be used; says the file, the place and the nearest valid name."""


class CatalogError(AuditorError):
    """A catalog file is invalid; says the file, the line and what is expected."""


class UnreadableFile(AuditorError):
    """A file could not be read: becomes an entry in `errors`, never a crash."""


class GitError(AuditorError):
    """A git repository is damaged or is asked for something that it does not hold."""


class RewriteError(AuditorError):
    """A rewrite cannot be applied; nothing was written."""
