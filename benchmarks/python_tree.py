"""Times the audit of Python trees beside compiling just the files that matter in them.

    python benchmarks/python_tree.py [TREE...] [--files N] [--share F] [--runs N]

The files that matter are those that name a vendor or its SDK, those of the tree that they import (where a client is made)
and those that import them (where a wrapper is called: in a loop, with a user's text, on a timer). What is in force for a call
cannot be told without these, so the ratio tells what everything else costs: reading the whole tree, searching it for keys,
following values and callers through it, and judging. The files without their importers are timed too.

Without TREE a tree is made: N files (4,000) of the usual size that import each other, with LLM calls in a share of them
(3 %) and callers of those in some that import them. The programs take turns; medians of several runs, start-up included.
Nothing here passes or fails.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from audit import audit, run, show, taking_turns

from auditor.model.facts import Role
from auditor.pipeline import default_catalog
from auditor.prefilter import Prefilter
from auditor.source.disk import DiskTree

PACKAGES = 80
MAX_COMPILED = 20_000

HEAD = '''"""Module {number} of the synthetic tree."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, field
from pathlib import Path
{imports}

logger = logging.getLogger(__name__)
LIMIT_{number} = {limit}
'''
RECORD = '''

@dataclass
class Record{number}x{part}:
    """What is kept of one item."""

    name: str
    size: int = {limit}
    tags: list[str] = field(default_factory=list)

    def describe(self, verbose: bool = False) -> str:
        if verbose and self.tags:
            return f"{{self.name}} ({{self.size}}): {{', '.join(sorted(self.tags))}}"
        return self.name

    def merge(self, other: "Record{number}x{part}") -> "Record{number}x{part}":
        tags = [t for t in (*self.tags, *other.tags) if t]
        return Record{number}x{part}(self.name or other.name, max(self.size, other.size), tags)
'''
WORK = '''

def load{number}x{part}(path: Path, limit: int = LIMIT_{number}) -> dict[str, int]:
    """Count the names in a file."""
    found: dict[str, int] = {{}}
    try:
        rows = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        logger.warning("cannot read %s: %s", path, error)
        return found
    for index, row in enumerate(rows):
        if index >= limit:
            break
        key = str(row.get("name", "")).strip().lower()
        if not key:
            continue
        found[key] = found.get(key, 0) + int(row.get("count", 1))
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))
'''
USE = '''

def combine{number}x{part}(items: list[str]) -> list[str]:
    """Ask a neighbour."""
    return [{other}(item) for item in items if item]
'''
ASK = """

def report{number}(texts: list[str]) -> list[str]:
    answers = ask_all{called}([text.strip() for text in texts])
    return [answer for answer in answers if answer]
"""
SHARED = '''

def helper{number}(value: object) -> str:
    """What other modules import."""
    return str(value)[:LIMIT_{number}]
'''
CALL = '''

class Writer{number}:
    """Asks a model."""

    def __init__(self, client: OpenAI | None = None) -> None:
        self.client = client or OpenAI(timeout=30)

    def ask(self, text: str) -> str:
        answer = self.client.chat.completions.create(
            model="gpt-4o-mini", messages=[{{"role": "user", "content": helper{number}(text)}}], max_tokens=LIMIT_{number}
        )
        logger.info("tokens: %s", answer.usage)
        return answer.choices[0].message.content or ""


def ask_all{number}(texts: list[str]) -> list[str]:
    writer = Writer{number}()
    return [writer.ask(text) for text in texts]
'''


def make(root: Path, files: int, share: float) -> None:
    """Write the synthetic tree: the same for the same numbers."""
    choose = random.Random(1)
    names = [(f"package{number % PACKAGES}", f"module{number}") for number in range(files)]
    calling = set(choose.sample(range(files), round(files * share)))
    for number, (package, module) in enumerate(names):
        others = [choose.randrange(number) for _ in range(min(number, choose.randint(0, 5)))]
        imports = [f"from {names[o][0]}.{names[o][1]} import helper{o}" for o in sorted(set(others))]
        if number in calling:
            imports.insert(0, "from openai import OpenAI")
        called = next((o for o in sorted(set(others)) if o in calling), None)
        if called is not None:
            imports.append(f"from {names[called][0]}.{names[called][1]} import ask_all{called}")
        values = {"number": number, "limit": choose.randint(50, 900), "imports": "\n".join(imports)}
        parts = [HEAD, SHARED] + ([CALL] if number in calling else []) + ([ASK] if called is not None else [])
        text = "".join(part.format(**values, called=called) for part in parts)
        for part in range(min(12, 1 + int(choose.expovariate(0.4)))):
            other = f"helper{others[part % len(others)]}" if others else f"helper{number}"
            text += "".join(piece.format(**values, part=part, other=other) for piece in (RECORD, WORK, USE))
        place = root / package / f"{module}.py"
        place.parent.mkdir(exist_ok=True)
        (place.parent / "__init__.py").touch()
        place.write_text(text, "utf-8")


IMPORT = re.compile(
    r"^[ \t]*(?:from[ \t]+(\.*[\w.]*)[ \t]+import[ \t]+\(?([\w, \t\r\n]+)|import[ \t]+([\w., \t]+))", re.MULTILINE
)


def mattering(root: Path) -> tuple[list[Path], list[Path]]:
    """The program files that name a vendor, tests left out, with those that they import; and with those that import them."""
    named = Prefilter(default_catalog().literals())
    tree = DiskTree(root)
    known: dict[str, str] = {}  # dotted ends of paths
    texts: dict[str, str] = {}
    first = []
    for entry in tree.entries():
        if entry.language != "python" or entry.role is Role.TEST:
            continue
        parts = entry.path.removesuffix(".py").removesuffix("/__init__").split("/")
        for start in range(len(parts)):
            known.setdefault(".".join(parts[start:]), entry.path)
        data = tree.read(entry.path)
        texts[entry.path] = data.decode("utf-8", "replace")
        if named(data):
            first.append(entry.path)
    edges = {path: {known[n] for n in imported(path, text) if n in known} for path, text in texts.items()}
    near = {*first, *(target for path in first for target in edges[path])}
    every = near | {path for path, targets in edges.items() if not targets.isdisjoint(first)}
    return [root / p for p in sorted(near)][:MAX_COMPILED], [root / p for p in sorted(every)][:MAX_COMPILED]


def imported(path: str, text: str) -> Iterator[str]:
    """The dotted names that may be modules which a file imports."""
    folder = path.split("/")[:-1]
    for source, names, plain in IMPORT.findall(text):
        if plain:
            yield from (name.split(" as ")[0].strip() for name in plain.split(","))
            continue
        module = source.lstrip(".")
        dots = len(source) - len(module)
        if dots:
            module = ".".join([*folder[: len(folder) - dots + 1], *([module] if module else [])])
        yield module
        yield from (f"{module}.{name.split(' as ')[0].strip()}" for name in names.split(","))


def compare(root: Path, runs: int) -> None:
    """The audit of a tree beside compiling the files that matter in it."""
    near, every = mattering(root)
    total, size = sum(1 for _ in root.rglob("*.py")), sum(f.stat().st_size for f in every)
    print(f"\n{root}: {total} Python files, {len(every)} matter ({size / 1e6:.1f} MB), {len(near)} without importers")
    with tempfile.TemporaryDirectory() as folder:

        def compiling(name: str, files: list[Path]) -> list[str]:
            listed = Path(folder) / name
            listed.write_text("\n".join(map(str, files)) + "\n", "utf-8")
            return [sys.executable, "-m", "compileall", "-q", "-f", "-i", str(listed)]

        matter, fewer = compiling("every", every), compiling("near", near)
        actions = {
            "audit": lambda: run(audit(str(root))),
            "compiling what matters": lambda: run(matter),
            "without importers": lambda: run(fewer),
        }
        show(taking_turns(runs, actions))


def main() -> None:
    """Time what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("trees", type=Path, nargs="*", metavar="TREE", help="a real work tree")
    parser.add_argument("--files", type=int, default=4000)
    parser.add_argument("--share", type=float, default=0.03)
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    for root in arguments.trees:
        compare(root.resolve(), arguments.runs)
    if not arguments.trees:
        with tempfile.TemporaryDirectory() as folder:
            make(Path(folder), arguments.files, arguments.share)
            compare(Path(folder), arguments.runs)


if __name__ == "__main__":
    main()
