"""The search for credentials: one scanner over bytes, the only part of the program that ever sees a value."""

from auditor.readers.secrets.scanner import SecretScanner

__all__ = ["SecretScanner"]
