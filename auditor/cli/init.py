"""`auditor init`: writes a configuration, and on request the hook entry and the workflow; never overwrites."""

from __future__ import annotations

from pathlib import Path

import click

import auditor
from auditor.cli.common import talk_options, write_atomically
from auditor.errors import UsageError

CONFIG = """\
# What production is meant to be; see `auditor scan --help`. Every key is optional, an unknown key is an error.
profile: launch                    # prototype | launch | strict

# The routes that production uses; providers by their catalog id.
# routes:
#   primary:  {provider: openai, model: gpt-4o-mini}
#   fallback: {provider: openrouter, model: openai/gpt-4o-mini}

# What you are ready to spend, and when to be told.
# budget: {monthly_usd: 50, alert_at: 0.8}

# Expected use, for `auditor cost`.
# traffic:
#   default: {calls_per_day: 200, input_tokens: 1500, output_tokens: 400}

# Findings that do not count, each with its reason.
# ignore:
#   - {check: missing-timeout, paths: ["scripts/**"], reason: "run by hand"}
"""

HOOK = """\
repos:
  - repo: local
    hooks:
      - id: auditor
        name: launch audit of what is staged
        entry: auditor scan --staged
        language: python
        additional_dependencies: ["launch-auditor=={version}"]
        pass_filenames: false
        always_run: true
        require_serial: true
"""

WORKFLOW = """\
name: launch audit
on:
  pull_request:
  push:
    branches: [main]
permissions:
  contents: read
jobs:
  audit:
    runs-on: ubuntu-latest
    timeout-minutes: 10
    steps:
      - uses: actions/checkout@v4
        with:
          fetch-depth: 0
          persist-credentials: false
      - uses: actions/setup-python@v5
        with:
          python-version: "3.12"
      - run: python -m pip install "launch-auditor=={version}"
      - name: audit, blocking only what this change brings
        run: auditor scan --format github ${{BASE:+--base "$BASE"}}
        env:
          BASE: ${{{{ github.event.pull_request.base.sha }}}}
"""


@click.command(name="init", epilog="Example: auditor init --pre-commit --github")
@click.argument("path", default=".")
@click.option(
    "--pre-commit", is_flag=True, help="Also write .pre-commit-config.yaml, or print the entry if there is one."
)
@click.option("--github", is_flag=True, help="Also write .github/workflows/launch-audit.yml.")
@talk_options
def command(path: str, pre_commit: bool, github: bool, quiet: bool, verbose: int) -> int:
    """Write .auditor.yaml in PATH. Nothing that exists is overwritten."""
    root = Path(path)
    if not root.is_dir():
        raise UsageError(f"{path}: no such folder")
    _write(root / ".auditor.yaml", CONFIG, quiet)
    if pre_commit:
        hook = HOOK.format(version=auditor.__version__)
        target = root / ".pre-commit-config.yaml"
        if target.exists():
            click.echo(f"{target} exists; add this entry under `repos:`\n\n{hook.partition(chr(10))[2]}")
        else:
            _write(target, hook, quiet)
    if github:
        folder = root / ".github" / "workflows"
        folder.mkdir(parents=True, exist_ok=True)
        _write(folder / "launch-audit.yml", WORKFLOW.format(version=auditor.__version__), quiet)
    return 0


def _write(target: Path, text: str, quiet: bool) -> None:
    if target.exists() or target.is_symlink():
        click.echo(f"{target} exists, left as it is", err=True)
        return
    write_atomically(target, text)
    if not quiet:
        click.echo(f"{target} written", err=True)
