"""Reads JavaScript and TypeScript, also inside Vue, Svelte, Astro and HTML files, to the common syntax."""

from auditor.readers.javascript.parse import read_javascript

__all__ = ["read_javascript"]
