"""`auditor cost`: what schedules and interactive routes cost a month, expected and at worst."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from auditor.cli.common import config_option, configuration, echo, locate, talk_options, write_atomically

if TYPE_CHECKING:
    from auditor.config import Config
    from auditor.cost import Estimate, Factor, Row
    from auditor.model.repo import Repo


@click.command(name="cost", epilog="Example: auditor cost . --format json")
@click.argument("path", default=".")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="How to print it.",
)
@click.option("--output", metavar="FILE", help="Write it there instead of to standard output.")
@click.option(
    "--compare",
    metavar="PROVIDER/MODEL",
    multiple=True,
    help="Price the expected calls with this model as well; repeatable.",
)
@config_option
@talk_options
def command(
    path: str,
    form: str,
    output: str | None,
    compare: tuple[str, ...],
    config_file: str | None,
    quiet: bool,
    verbose: int,
) -> int:
    """Estimate the monthly cost of every schedule and interactive route, expected and at worst.

    Tokens and calls a day come from `traffic` in the configuration; prices from the installed offline table. What has no
    bound or no known price is said to be unbounded, never zero.
    """
    from auditor.cost import InstalledPrices, as_data, estimate

    place = locate((path,))
    config = configuration(place.root, config_file)
    today = datetime.now(UTC).date()
    repo = _repo(place.root, config)
    found = estimate(repo, config, InstalledPrices(today=today), today=today, compare=compare)
    text = json.dumps(as_data(found), indent=2) + "\n" if form == "json" else table(found, quiet=quiet, verbose=verbose)
    if output:
        write_atomically(Path(output), text)
    else:
        echo(text)
    return 3 if repo.unread else 0


def _repo(root: Path, config: Config) -> Repo:
    from auditor.pipeline import build_repo, default_catalog
    from auditor.source.disk import DiskTree

    return build_repo(DiskTree(root), default_catalog(), config)


def table(found: Estimate, *, quiet: bool = False, verbose: int = 0) -> str:
    """The estimate for people: one line a row, then totals, assumptions and the age of the prices."""
    lines: list[str] = []
    shown = [r for r in found.rows if r.reaches is not False]
    if shown:
        head = ("what", "where", "calls/month", "expected", "worst", "lowers it most")
        body = [_cells(r) for r in shown]
        widths = [max(len(row[i]) for row in (head, *body)) for i in range(len(head))]
        lines.append("  ".join(h.ljust(w) for h, w in zip(head, widths, strict=True)).rstrip())
        for row, cells in zip(shown, body, strict=True):
            lines.append("  ".join(c.ljust(w) for c, w in zip(cells, widths, strict=True)).rstrip())
            lines.extend(f"    {_plain(text)}" for text in (() if quiet else _details(row, verbose)))
    else:
        lines.append("No schedule or interactive route that reaches a paid call was found.")
    lines += [
        "",
        f"Expected a month: {_money(found.expected, 'not known')}",
        f"Worst a month:    {_money(found.worst, 'unbounded')}",
    ]
    lines += [f"Expected with {_plain(name)}: {_money(usd, 'not known')}" for name, usd in found.compared]
    if not quiet:
        lines += ["", "Assumed:", *(f"- {_plain(a)}" for a in found.assumptions)]
        lines.append(f"- prices: {found.price_table}, newest dated price {found.price_date}, offline")
    lines += [f"warning: {_plain(w)}" for w in found.warnings]
    return "\n".join(lines) + "\n"


def _cells(row: Row) -> tuple[str, ...]:
    where = f"{_plain(row.at.path)}:{row.at.line}"
    calls = "?" if row.calls is None else f"{row.calls:,.0f}"
    return (
        _plain(f"{row.kind} {row.name}")[:60],
        where,
        calls,
        _money(row.expected, "not known"),
        _money(row.worst, "unbounded"),
        row.lever,
    )


def _details(row: Row, verbose: int) -> list[str]:
    told = [f"unbounded or unknown: {why}" for why in row.unbounded]
    told.extend(_plain(q.text) for q in row.quotas if q.exceeded or q.unknown or verbose)
    if row.band and verbose:
        told.append(f"volume: {row.band}")
    for part in row.parts if verbose else ():
        counts = [f for f in part.factors if not f.name.endswith("tokens")]
        tokens = [f for f in part.factors if f.name.endswith("tokens")]
        factors = " x ".join([*(_factor(f) for f in counts), f"({' + '.join(_factor(f) for f in tokens)})"])
        told.append(f"{part.at.path}:{part.at.line} {part.vendor} {part.model or 'model not known'}: {factors}")
    return told


def _factor(factor: Factor) -> str:
    return f"{'?' if factor.value is None else format(factor.value, 'g')} {factor.name} ({factor.why})"


def _money(value: float | None, unknown: str) -> str:
    if value is None:
        return unknown
    return f"${value:,.2f}" if value >= 0.01 or value == 0 else "< $0.01"


def _plain(text: str) -> str:
    """Text of the repository without what a terminal would obey."""
    return "".join(c if c.isprintable() else "\ufffd" for c in text)
