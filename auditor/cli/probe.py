"""`auditor probe ROUTE`: the one command that uses the network, and only because it was asked to."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import click

from auditor.cli.common import config_option, configuration, echo, talk_options, write_atomically
from auditor.errors import UsageError

FOLDER = Path(".auditor") / "probes"


@click.command(name="probe", epilog="Example: auditor probe primary --yes")
@click.argument("route")
@click.option(
    "--path", default=".", help="The repository whose configuration names the route; default the current folder."
)
@click.option("--base-url", metavar="URL", help="Another address than the catalog's for the route's provider.")
@click.option("--timeout", type=click.FloatRange(1, 120), default=20.0, help="Seconds for each request; default 20.")
@click.option("--yes", is_flag=True, help="Do not ask before sending.")
@config_option
@talk_options
def command(
    route: str,
    path: str,
    base_url: str | None,
    timeout: float,
    yes: bool,
    config_file: str | None,
    quiet: bool,
    verbose: int,
) -> int:
    """Send a few tiny prompts through ROUTE (a name under `routes` in the configuration) and store the evidence.

    Measures latency, streaming, JSON mode, a tool call and the shape of an error. Costs a few cents at most. The key is
    read from the provider's environment variable and is neither printed nor stored. Exit code 1: a probe failed.
    """
    from auditor.pipeline import default_catalog
    from auditor.probe import probe

    root = Path(path)
    if not root.is_dir():
        raise UsageError(f"{path}: no such folder")
    config = configuration(root, config_file)
    chosen = config.routes.get(route)
    if chosen is None:
        known = ", ".join(sorted(config.routes)) or "none; add `routes:` to .auditor.yaml"
        raise UsageError(f"no route {route!r} in the configuration (there is {known})")
    vendor = default_catalog().vendor(chosen.provider)
    if vendor is None:
        raise UsageError(f"routes.{route}.provider: no provider {chosen.provider!r} in the catalog")
    address = base_url or vendor.base_url
    if not address or not vendor.openai_compatible:
        raise UsageError(f"{vendor.title} has no OpenAI-compatible address in the catalog; give one with --base-url")
    if not chosen.model:
        raise UsageError(f"routes.{route}: name the model to probe")
    key = next((os.environ[name] for name in vendor.key_env if os.environ.get(name)), None)
    if key is None:
        raise UsageError(f"no key: set {' or '.join(vendor.key_env) or 'the key of the provider'} in the environment")
    if not yes:
        click.confirm(f"Send five tiny prompts to {address} ({chosen.model})?", abort=True, err=True)
    result = probe(address, chosen.model, key, timeout)
    document = {
        "route": route,
        "provider": vendor.id,
        "model": chosen.model,
        "base_url": address,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        **result,
    }
    folder = root / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{route}.json"
    write_atomically(target, json.dumps(document, indent=2, ensure_ascii=False) + "\n")
    failed = [name for name, row in result["probes"].items() if not row["ok"]]
    if not quiet:
        for name, row in result["probes"].items():
            echo(f"{'ok    ' if row['ok'] else 'FAILED'} {name:<10} {row['seconds']:>6.2f} s  {row['detail']}\n")
        click.echo(f"evidence stored in {target}", err=True)
    return 1 if failed else 0
