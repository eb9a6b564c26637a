"""`auditor attest ITEM`: records that a person verified what no tool can see in the code."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from auditor.cli.common import talk_options, write_atomically
from auditor.errors import UsageError

FILE = Path(".auditor") / "attestations.yaml"


@click.command(
    name="attest",
    epilog='Example: auditor attest money.spend-cap --evidence https://wiki/limits --by "Ada" --expires 2027-01-31',
)
@click.argument("item")
@click.option("--evidence", required=True, metavar="URL-or-path", help="Where the proof is.")
@click.option("--by", required=True, metavar="NAME", help="Who verified it.")
@click.option("--expires", required=True, metavar="DATE", help="When it has to be verified again, as YYYY-MM-DD.")
@click.option("--path", default=".", help="The repository; default the current folder.")
@talk_options
def command(item: str, evidence: str, by: str, expires: str, path: str, quiet: bool, verbose: int) -> int:
    """Record that a person verified the checklist item ITEM, in .auditor/attestations.yaml."""
    import yaml

    from auditor.score import load_checklist, nearest_item

    checklist = load_checklist()
    if item not in {i.id for i in checklist.items}:
        raise UsageError(f"no checklist item {item!r}{nearest_item(item, checklist)}")
    try:
        until = date.fromisoformat(expires)
    except ValueError:
        raise UsageError(f"--expires {expires}: not a date; write it as YYYY-MM-DD") from None
    if until < date.today():
        raise UsageError(f"--expires {expires}: has passed already")
    root = Path(path)
    if not root.is_dir():
        raise UsageError(f"{path}: no such folder")
    file = root / FILE
    rows = _rows(file)
    rows = [r for r in rows if r.get("item") != item]
    rows.append(
        {"item": item, "evidence": evidence, "by": by, "date": date.today().isoformat(), "expires": until.isoformat()}
    )
    rows.sort(key=lambda r: str(r["item"]))
    file.parent.mkdir(exist_ok=True)
    write_atomically(file, yaml.safe_dump(rows, sort_keys=False, allow_unicode=True))
    if not quiet:
        click.echo(f"{item} attested until {until} in {file}", err=True)
    return 0


def _rows(file: Path) -> list[dict[str, object]]:
    import yaml

    if not file.exists():
        return []
    try:
        rows = yaml.safe_load(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        raise UsageError(f"{file}: not valid YAML; nothing was written") from None
    if rows is None:
        return []
    if not isinstance(rows, list) or not all(isinstance(r, dict) for r in rows):
        raise UsageError(f"{file}: expected a list of attestations; nothing was written")
    return rows
