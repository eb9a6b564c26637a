"""`auditor baseline`: records today's findings, so that only new ones block."""

from __future__ import annotations

from pathlib import Path

import click

from auditor.cli.common import config_option, configuration, locate, talk_options, write_atomically
from auditor.cli.scan import run

DEFAULT = ".auditor-baseline.json"


@click.command(name="baseline", epilog="Example: auditor baseline . --output .auditor-baseline.json")
@click.argument("path", default=".")
@click.option("--output", metavar="FILE", help=f"Where to write it; default {DEFAULT} in PATH.")
@config_option
@talk_options
def command(path: str, output: str | None, config_file: str | None, quiet: bool, verbose: int) -> int:
    """Record the findings in PATH as a baseline. It holds fingerprints only: no code, no secret."""
    from auditor.suppress import write_baseline

    place = locate((path,))
    config = configuration(place.root, config_file).with_options(baseline=None)
    report = run(place, config)
    target = Path(output) if output else place.root / (config.baseline or DEFAULT)
    text, count = write_baseline(report.findings)
    write_atomically(target, text)
    if not quiet:
        click.echo(f"{count} findings recorded in {target}", err=True)
        if config.baseline is None:
            click.echo(
                f"use it: auditor scan --baseline {target}   (or `baseline: {target.name}` in .auditor.yaml)", err=True
            )
    return 3 if report.unread or report.broken else 0
