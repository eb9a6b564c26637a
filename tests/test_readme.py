"""The README shows what the program really prints; `AUDITOR_UPDATE=1 pytest tests/test_readme.py` writes it anew."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
_BLOCK = re.compile(r"<!-- capture:begin -->\n(.*?)<!-- capture:end -->", re.DOTALL)
_LINES = 34


def _capture() -> str:
    command = [sys.executable, "-m", "auditor", "scan", "fixtures/prototype/tree"]
    env = {**os.environ, "COLUMNS": "100", "NO_COLOR": "1"}
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=env)
    lines = done.stdout.splitlines()[:_LINES]
    return "```console\n$ auditor scan fixtures/prototype/tree\n" + "\n".join(lines) + "\n…\n```\n"


def test_capture_is_real() -> None:
    text = README.read_text("utf-8")
    shown = _BLOCK.search(text)
    assert shown is not None
    real = _capture()
    assert real.count("\n") > 20
    if os.environ.get("AUDITOR_UPDATE"):
        README.write_text(text[: shown.start(1)] + real + text[shown.end(1) :], "utf-8")
        return
    assert shown.group(1) == real


def test_set_up_commands_are_the_ones_that_ci_runs() -> None:
    commands = re.findall(r"^python3 -m venv .*$", README.read_text("utf-8"), re.MULTILINE)
    assert len(commands) == 2
    assert commands[1] in (ROOT / ".ci" / "run").read_text("utf-8")
    assert "auditor scan fixtures/prototype/tree" in commands[0]


def test_every_option_that_the_readme_names_exists() -> None:
    from auditor.cli import COMMANDS

    helps = "".join(
        subprocess.run(
            [sys.executable, "-m", "auditor", name, "--help"], capture_output=True, text=True, check=True
        ).stdout
        for name in COMMANDS
    )
    text = _BLOCK.sub("", README.read_text("utf-8"))
    for option in set(re.findall(r"auditor [^`]*?(--[a-z-]+)", text)):
        assert option in helps, option
    for command in set(re.findall(r"`auditor ([a-z]+)", text)):
        assert command in COMMANDS, command
