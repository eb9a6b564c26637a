"""Names that tell one kind of script or file from another."""

from __future__ import annotations

SCRIPT_TYPES = frozenset(
    {
        "",
        "module",
        "text/javascript",
        "application/javascript",
        "application/ecmascript",
        "text/ecmascript",
        "text/babel",
        "text/jsx",
        "text/typescript",
        "ts",
    }
)
DIALECTS = {".vue": "vue", ".svelte": "svelte", ".astro": "astro", ".html": "html", ".htm": "html", ".xhtml": "html"}
TYPESCRIPT = (".ts", ".mts", ".cts", ".tsx")
