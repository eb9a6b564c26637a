"""`auditor checks`: lists the checks."""

from __future__ import annotations

import json

import click

from auditor.cli.common import echo, talk_options


@click.command(name="checks", epilog="Example: auditor checks --format json")
@click.option(
    "--format", "format_", type=click.Choice(["terminal", "json"]), default="terminal", help="How to list them."
)
@talk_options
def command(format_: str, quiet: bool, verbose: int) -> int:
    """List the checks: id, severity, what it judges, whether a rewrite exists."""
    from auditor import registry

    loaded = registry.load()
    rows = [
        {
            "id": c.id,
            "title": c.title,
            "severity": c.severity.value,
            "subject": c.subject.__name__,
            "status": c.status,
            "since": c.since,
            "fixable": c.fixable,
            "help_uri": c.help_uri,
        }
        for c in loaded.checks
    ]
    if format_ == "json":
        echo(json.dumps(rows, indent=2, ensure_ascii=False) + "\n")
    else:
        for row in rows:
            mark = " (fixable)" if row["fixable"] else ""
            status = "" if row["status"] == "stable" else f" [{row['status']}]"
            line = f"{row['id']:<34} {row['severity']:<8} {row['title']}{mark}{status}"
            echo((str(row["id"]) if quiet else line) + "\n")
    for text in loaded.broken:
        click.echo(f"auditor: {text}", err=True)
    return 3 if loaded.broken else 0
