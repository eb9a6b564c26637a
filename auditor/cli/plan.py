"""`auditor plan`: the ordered migration plan as a Markdown checklist."""

from __future__ import annotations

from pathlib import Path

import click

from auditor.cli.common import config_option, configuration, echo, locate, talk_options, write_atomically
from auditor.cli.scan import run


@click.command(name="plan", epilog="Example: auditor plan . --output MIGRATION.md")
@click.argument("path", default=".")
@click.option("--output", metavar="FILE", help="Write it there instead of to standard output.")
@config_option
@talk_options
def command(path: str, output: str | None, config_file: str | None, quiet: bool, verbose: int) -> int:
    """Print what to do before this repository moves to paid production, in order, as a Markdown checklist."""
    from auditor.report.markdown import plan

    place = locate((path,))
    report = run(place, configuration(place.root, config_file))
    text = plan(report)
    if output:
        write_atomically(Path(output), text)
    else:
        echo(text)
    return 3 if report.unread or report.broken else 0
