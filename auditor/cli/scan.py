"""`auditor scan`: audit, print the report, and be the gate."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from auditor.cli.common import (
    Place,
    config_option,
    configuration,
    echo,
    locate,
    talk_options,
    terminal_width,
    use_color,
    write_atomically,
)
from auditor.config import FAIL_ON, PROFILES, Config
from auditor.errors import UsageError

if TYPE_CHECKING:
    from auditor.model.facts import Credential
    from auditor.model.report import Report
    from auditor.source.disk import DiskTree

FORMATS = ("terminal", "json", "sarif", "markdown", "html", "github", "gitlab", "junit")


@click.command(
    name="scan",
    epilog="Example: auditor scan . --format terminal --format sarif --output auditor.sarif --fail-on major",
)
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option(
    "--format",
    "formats",
    multiple=True,
    type=click.Choice(FORMATS),
    help="Report format; repeat with --output for several.",
)
@click.option(
    "--output",
    "outputs",
    multiple=True,
    metavar="FILE",
    help="Write the report there; the Nth goes with the Nth --format.",
)
@config_option
@click.option("--select", metavar="ID,…", help="Run only these checks.")
@click.option("--ignore", metavar="ID,…", help="Leave these checks out.")
@click.option("--baseline", metavar="FILE", help="Findings recorded there do not fail the gate.")
@click.option("--base", metavar="REV", help="Only what is new since the merge base with REV can fail the gate.")
@click.option("--staged", is_flag=True, help="Audit the index, as a commit would record it.")
@click.option("--history", is_flag=True, help="Also search every blob reachable from any ref for keys.")
@click.option("--unreachable", is_flag=True, help="With --history: also stashes and objects that no ref reaches.")
@click.option("--fail-on", type=click.Choice(FAIL_ON), help="Least severity that fails the gate; default blocker.")
@click.option("--min-score", type=click.FloatRange(0, 100), help="Fail below this score.")
@click.option("--profile", type=click.Choice(PROFILES), help="How strict the verdict is; default launch.")
@click.option(
    "--import", "imports", multiple=True, metavar="SARIF", help="Keys found by another scanner join the audit."
)
@click.option(
    "--jobs",
    type=click.IntRange(1),
    help="How many processes may work side by side; default one a processor, at most 4.",
)
@click.option("--no-cache", is_flag=True, help="Accepted for other tools' sake: nothing is cached.")
@click.option("--timestamp", is_flag=True, help="Put the time of the audit in the JSON report.")
@click.option("--exit-zero", is_flag=True, help="Exit 0 although the gate fails.")
@talk_options
def command(
    paths: tuple[str, ...],
    formats: tuple[str, ...],
    outputs: tuple[str, ...],
    config_file: str | None,
    select: str | None,
    ignore: str | None,
    baseline: str | None,
    base: str | None,
    staged: bool,
    history: bool,
    unreachable: bool,
    fail_on: str | None,
    min_score: float | None,
    profile: str | None,
    imports: tuple[str, ...],
    jobs: int | None,
    no_cache: bool,
    timestamp: bool,
    exit_zero: bool,
    quiet: bool,
    verbose: int,
) -> int:
    """Audit PATH (default: the current folder) and print the report.

    Exit code 0: the gate passes. 1: a finding at or above --fail-on, or a score below --min-score. 2: wrong usage or
    configuration. 3: something that had to be read could not be; it is listed.
    """
    targets = _targets(formats, outputs)
    place = locate(paths)
    config = configuration(place.root, config_file)
    config = _override(config, select, ignore, baseline, fail_on, min_score, profile)
    if staged and base:
        raise UsageError("--staged and --base exclude each other")
    if unreachable and not history:
        raise UsageError("--unreachable goes with --history")
    report = run(
        place,
        config,
        staged=staged,
        base=base,
        history=history,
        unreachable=unreachable,
        imports=imports,
        timestamp=timestamp,
        jobs=jobs,
    )
    for format_, output in targets:
        text = render(report, format_, to_terminal=output is None, verbose=verbose, quiet=quiet)
        if output is None:
            echo(text)
        else:
            write_atomically(Path(output), text)
    return 0 if exit_zero else exit_code(report, config)


def _targets(formats: tuple[str, ...], outputs: tuple[str, ...]) -> list[tuple[str, str | None]]:
    if len(outputs) > max(1, len(formats)):
        raise UsageError("more --output than --format")
    names = formats or ("terminal",)
    # With one output and several formats the last format goes to the file, so that the first stays on the terminal.
    missing = len(names) - len(outputs)
    padded: list[str | None] = [*([None] * missing), *outputs]
    if sum(o is None for o in padded) > 1:
        raise UsageError("only one --format can go to standard output; give the others an --output")
    return list(zip(names, padded, strict=True))


def _override(
    config: Config,
    select: str | None,
    ignore: str | None,
    baseline: str | None,
    fail_on: str | None,
    min_score: float | None,
    profile: str | None,
) -> Config:
    from auditor.config import IgnoreRule

    changes: dict[str, object] = {}
    if select is not None:
        changes["select"] = _ids(select)
    if ignore is not None:
        changes["ignore"] = (*config.ignore, *(IgnoreRule(i, (), "--ignore") for i in _ids(ignore)))
    if baseline is not None:
        if not Path(baseline).is_file():
            raise UsageError(f"{baseline}: no such baseline; `auditor baseline` writes one")
        changes["baseline"] = str(Path(baseline).resolve())
    if fail_on is not None:
        changes["fail_on"] = fail_on
    if min_score is not None:
        changes["min_score"] = min_score
    if profile is not None:
        changes["profile"] = profile
    return config.with_options(**changes) if changes else config


def _ids(text: str) -> tuple[str, ...]:
    from auditor import registry

    ids = tuple(i.strip() for i in text.split(",") if i.strip())
    known = {c.id for c in registry.load().checks}
    for id_ in ids:
        if id_ not in known:
            raise UsageError(registry.unknown_check(id_, known))
    return ids


def run(
    place: Place,
    config: Config,
    *,
    staged: bool = False,
    base: str | None = None,
    history: bool = False,
    unreachable: bool = False,
    imports: tuple[str, ...] = (),
    timestamp: bool = False,
    jobs: int | None = None,
) -> Report:
    """Audit a place as the options say."""
    from functools import partial

    from auditor.parallel import usual_jobs
    from auditor.pipeline import audit, audit_since
    from auditor.source.disk import DiskTree

    keys = _imported(imports, place)
    if staged:
        from auditor.source.git import index_tree

        tree = index_tree(place.root)
        report = audit(tree, config, only_paths=tree.changed, extra_credentials=keys, scope="staged")
    else:
        disk = DiskTree(place.root)
        only = _only(disk, place) if place.only else None
        past = place.root if history else None
        if history and not disk.is_git:
            raise UsageError("--history needs a git repository")
        scan = partial(audit, disk)
        if base:
            from auditor.source.git import merge_base, revision_tree

            scan = partial(audit_since, disk, revision_tree(place.root, merge_base(place.root, base)))
        report = scan(
            config,
            only_paths=only,
            history_root=past,
            unreachable=unreachable,
            extra_credentials=keys,
            jobs=jobs or usual_jobs(),
        )
    if timestamp:
        from dataclasses import replace
        from datetime import UTC, datetime

        report = replace(report, timestamp=datetime.now(UTC).isoformat(timespec="seconds"))
    return report


def render(report: Report, format_: str, *, to_terminal: bool, verbose: int = 0, quiet: bool = False) -> str:
    """The report in a format. Renderers are imported when they are used."""
    import importlib

    module = importlib.import_module(f"auditor.report.{format_}")
    if format_ == "terminal":
        color = to_terminal and use_color()
        width = terminal_width() if to_terminal else 120
        return str(module.render(report, color=color, width=width, verbose=verbose, quiet=quiet))
    return str(module.render(report))


def exit_code(report: Report, config: Config) -> int:
    """The gate's answer. An incomplete audit is never a pass, and a failed gate is said even if it is incomplete."""
    from auditor.model.verdict import Confidence, Severity

    order = [Severity.BLOCKER, Severity.MAJOR, Severity.MINOR]
    failing = set(order[: order.index(Severity(config.fail_on)) + 1]) if config.fail_on != "never" else set()
    for finding in report.findings:
        if finding.state == "new" and finding.severity in failing and finding.confidence is not Confidence.LOW:
            return 1
    if config.min_score is not None and report.assessment.value < config.min_score:
        return 1
    return 3 if report.unread or report.broken else 0


def _only(tree: DiskTree, place: Place) -> frozenset[str]:
    return frozenset(
        e.path for e in tree.entries() if any(e.path == o or e.path.startswith(o + "/") for o in place.only)
    )


def _imported(imports: tuple[str, ...], place: Place) -> tuple[Credential, ...]:
    if not imports:
        return ()
    from auditor.pipeline import default_catalog
    from auditor.source.imported import read_sarif

    names = {v.id: v.inventory for v in default_catalog().vendors if v.category == "vendor"}
    return tuple(c for name in imports for c in read_sarif(Path(name), place.root, names))
