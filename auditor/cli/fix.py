"""`auditor fix`: proposes rewrites as one unified diff; writes them only when told, all or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from auditor.cli.common import Place, config_option, configuration, echo, locate, talk_options
from auditor.config import Config
from auditor.errors import UsageError

if TYPE_CHECKING:
    from auditor.catalog.index import Catalog
    from auditor.model.repo import Repo
    from auditor.rewrite.apply import Proposal
    from auditor.rewrite.generate import ClientSettings


@click.command(name="fix", epilog="Example: auditor fix . --apply --review")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--apply", "apply_", is_flag=True, help="Write the changes that provably keep the meaning.")
@click.option(
    "--review", is_flag=True, help="With --apply: also those that a person should read (caps, timeouts, the client)."
)
@click.option("--force", is_flag=True, help="Write although the git tree has uncommitted changes.")
@click.option("--module", metavar="PATH", help="Where the generated client module goes, relative to the root.")
@click.option("--select", metavar="ID,…", help="Only fix findings of these checks.")
@config_option
@talk_options
def command(
    paths: tuple[str, ...],
    apply_: bool,
    review: bool,
    force: bool,
    module: str | None,
    select: str | None,
    config_file: str | None,
    quiet: bool,
    verbose: int,
) -> int:
    """Print what could be rewritten in PATH as one unified diff. Nothing is written without --apply.

    Exit code 0: nothing is left to propose. 1: there are proposals that were not applied.
    """
    if (review or force) and not apply_:
        raise UsageError("--review and --force go with --apply")
    if module is not None and (module.startswith("/") or ".." in module.split("/") or not module.endswith(".py")):
        raise UsageError(f"--module {module}: give a .py file inside the root, as a relative path")
    place = locate(paths)
    config = configuration(place.root, config_file)
    if select is not None:
        from auditor.cli.scan import _ids

        config = config.with_options(select=_ids(select))
    from auditor.rewrite.apply import write

    proposal, unreviewed, incomplete = _propose(place, config, module, safe_only=apply_ and not review)
    if not proposal.new and not unreviewed:
        if not quiet:
            click.echo("nothing to propose", err=True)
        _told(proposal, quiet, verbose)
        return 3 if incomplete else 0
    if apply_:
        if proposal.new:
            _demand_clean(place, force)
            for path in write(place.root, proposal):
                click.echo(f"{path} written", err=True)
        if unreviewed:
            click.echo(
                f"{unreviewed} proposals are for review: read them with `auditor fix`, write them with --review",
                err=True,
            )
        _told(proposal, quiet, verbose)
        return 1 if unreviewed else (3 if incomplete else 0)
    echo(proposal.diff())
    _told(proposal, quiet, verbose)
    return 1


def _propose(place: Place, config: Config, module: str | None, *, safe_only: bool) -> tuple[Proposal, int, bool]:
    """The proposal; how many findings only a review would fix; whether the audit is incomplete."""
    from auditor.cli.scan import _only
    from auditor.model.verdict import Safety
    from auditor.pipeline import audit, default_catalog
    from auditor.rewrite.apply import propose
    from auditor.source.disk import DiskTree

    tree = DiskTree(place.root)
    catalog = default_catalog()
    report = audit(tree, config, catalog=catalog, only_paths=_only(tree, place) if place.only else None)

    def read(path: str) -> str | None:
        try:
            return tree.read(path).decode("utf-8")
        except (UnicodeDecodeError, UnreadableFile):
            return None

    from auditor.errors import UnreadableFile

    paths = [e.path for e in tree.entries()]
    settings = client_settings(config, report.repo, catalog)
    both = frozenset({Safety.SAFE, Safety.REVIEW})
    everything = propose(report.findings, read, paths, settings, safety=both, module=module)
    if not safe_only:
        return everything, 0, bool(report.unread)
    safe = propose(report.findings, read, paths, settings, safety=frozenset({Safety.SAFE}), module=module)
    return safe, everything.applied - safe.applied, bool(report.unread)


def client_settings(config: Config, repo: Repo, catalog: Catalog) -> ClientSettings:
    """Defaults of the generated module: routes and budget of the configuration, prices of the models in use.

    Raises:
        UsageError: the configured fallback names no provider with an OpenAI-compatible address.
    """
    from dataclasses import replace

    from auditor.model.setting import Given
    from auditor.rewrite.generate import ClientSettings
    from auditor.rewrite.prices import price_rows

    settings = ClientSettings()
    fallback = config.routes.get("fallback")
    if fallback is not None:
        vendor = catalog.vendor(fallback.provider)
        if vendor is None or not vendor.base_url:
            raise UsageError(
                f"{config.source}: routes.fallback.provider {fallback.provider!r} has no OpenAI-compatible address in the catalog"
            )
        settings = replace(
            settings,
            fallback_base_url=vendor.base_url.rstrip("/"),
            fallback_model=fallback.model or settings.fallback_model,
            fallback_key_env=vendor.key_env[0] if vendor.key_env else "LLM_FALLBACK_API_KEY",
        )
    if config.budget_monthly_usd is not None:
        settings = replace(settings, monthly_budget_usd=float(config.budget_monthly_usd))
    if config.budget_alert_at is not None:
        settings = replace(settings, alert_at=float(config.budget_alert_at))
    models = {c.model.value for c in repo.llm_calls if isinstance(c.model, Given) and isinstance(c.model.value, str)}
    models |= {r.model for r in config.routes.values() if r.model} | {settings.fallback_model}
    return replace(settings, prices=price_rows(sorted(models)))


def _demand_clean(place: Place, force: bool) -> None:
    """Writing over uncommitted work would mix it with ours: refuse unless forced."""
    from auditor.errors import GitError
    from auditor.source.disk import DiskTree
    from auditor.source.safe_git import run_git

    if force or not DiskTree(place.root).is_git:
        return
    try:
        changed = run_git(place.root, "diff-index", "--name-only", "-z", "HEAD", "--")
    except GitError as error:
        raise UsageError(f"git cannot tell whether the tree is clean ({error}); --force writes anyway") from None
    if changed:
        first = changed.split(b"\0")[0].decode("utf-8", "replace")
        raise UsageError(f"the git tree has uncommitted changes ({first}); commit them first, or use --force")


def _told(proposal: Proposal, quiet: bool, verbose: int) -> None:
    """Say what was left alone and why, on standard error."""
    if quiet:
        return
    from auditor.report.text import plain

    for left in proposal.left if verbose else proposal.left[:10]:
        click.echo(f"left alone: {plain(left.at.path)}:{left.at.line} {left.check}: {plain(left.why)}", err=True)
    if not verbose and len(proposal.left) > 10:
        click.echo(f"… and {len(proposal.left) - 10} more (-v lists them)", err=True)
