"""The program from outside: exit codes, reports, bad input, and that no secret ever comes out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from importlib import resources
from pathlib import Path

import jsonschema
import pytest

from auditor.cli.common import write_atomically

ROOT = Path(__file__).parent.parent
PROTOTYPE = ROOT / "fixtures" / "prototype" / "tree"
PRODUCTION = ROOT / "fixtures" / "production" / "tree"
FORMATS = ["terminal", "json", "sarif", "markdown", "html", "github", "gitlab", "junit"]


def auditor(*arguments: str, cwd: Path | None = None, **env: str) -> subprocess.CompletedProcess[str]:
    clean = {k: v for k, v in os.environ.items() if k not in {"FORCE_COLOR", "NO_COLOR"}}
    return subprocess.run(
        [sys.executable, "-m", "auditor", *arguments],
        capture_output=True,
        text=True,
        cwd=cwd or ROOT,
        timeout=120,
        env={**clean, **env},
        check=False,
    )


def report(*arguments: str, cwd: Path | None = None) -> tuple[int, dict[str, object]]:
    done = auditor("scan", *arguments, "--format", "json", cwd=cwd)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def rows(data: dict[str, object], *path: str) -> list[dict[str, object]]:
    node: object = data
    for name in path:
        assert isinstance(node, dict)
        node = node[name]
    assert isinstance(node, list)
    return node


@pytest.fixture
def app(tmp_path: Path) -> Path:
    (tmp_path / "app.py").write_text(
        "from openai import OpenAI\nclient = OpenAI(timeout=5)\n"
        "print(client.chat.completions.create(model='gpt-4o-mini', messages=[]))\n"
    )
    return tmp_path


# --------------------------------------------------------------------------- help and usage


def test_alone_it_prints_help() -> None:
    done = auditor()
    assert done.returncode == 0
    assert "scan" in done.stdout
    assert "attest" in done.stdout


@pytest.mark.parametrize(
    "command", ["scan", "fix", "cost", "checks", "explain", "init", "baseline", "attest", "plan", "probe"]
)
def test_every_command_has_help_with_an_example_and_a_version(command: str) -> None:
    told = auditor(command, "--help")
    assert told.returncode == 0, told.stderr
    assert "Example: auditor " + command in told.stdout
    version = auditor(command, "--version")
    assert version.returncode == 0
    assert version.stdout.startswith("auditor, version ")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["scam"], "did you mean 'scan'"),
        (["scan", "--no-such-option"], "No such option"),
        (["scan", "no/such/folder"], "no such file or folder"),
        (["scan", "--format", "xml"], "xml"),
        (["scan", "--fail-on", "nothing"], "nothing"),
        (["scan", "--select", "missing-timout"], "missing-timeout"),
        (["scan", "--staged", "--base", "HEAD"], "exclude each other"),
        (["scan", "--baseline", "no.json"], "no.json"),
        (["scan", "--output", "a", "--output", "b"], "more --output"),
        (["explain", "missing-timout"], "missing-timeout"),
        (["fix", "--review"], "--apply"),
        (["fix", "--module", "../x.py"], "--module"),
        (["attest", "money.cap", "--evidence", "x", "--by", "y", "--expires", "2099-01-01"], "money."),
        (["attest", "money.alert", "--evidence", "x", "--by", "y", "--expires", "soon"], "YYYY-MM-DD"),
    ],
)
def test_wrong_usage_is_exit_2_and_one_clear_line(arguments: list[str], said: str) -> None:
    done = auditor(*arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


# --------------------------------------------------------------------------- the fixtures


def test_prototype_fails_everything() -> None:
    code, data = report(str(PROTOTYPE))
    assert code == 1
    assert data["verdict"] == "not-ready"
    found = {(f["id"], f["path"], f["line"]) for f in rows(data, "findings")}
    seeded = {
        ("hardcoded-llm-key", "api/llm.py", 5),
        ("committed-env-file", ".env", 1),
        ("client-exposed-key", "web/components/Chat.tsx", 7),
        ("browser-sdk-override", "web/components/Chat.tsx", 8),
        ("client-side-llm-call", "web/components/Chat.tsx", 16),
        ("missing-output-cap", "api/llm.py", 9),
        ("missing-timeout", "jobs/digest.py", 13),
        ("unbounded-llm-loop", "api/agent.py", 13),
        ("schedule-without-time-limit", ".github/workflows/digest.yml", 4),
        ("schedule-without-item-limit", ".github/workflows/digest.yml", 4),
        ("free-tier-in-production", "jobs/digest.py", 17),
        ("unofficial-reseller", "jobs/translate.py", 5),
        ("direct-call-without-fallback", "api/llm.py", 9),
        ("usage-not-recorded", "api/llm.py", 9),
        ("unmetered-user-input", "web/app/api/chat/route.ts", 7),
    }
    assert seeded - found == set()
    assert any(f["id"] == "no-spend-limit" for f in rows(data, "findings"))


def test_production_is_ready_and_clean() -> None:
    code, data = report(str(PRODUCTION), "--fail-on", "minor")
    assert [f for f in rows(data, "findings") if f["state"] == "new"] == []
    assert data["verdict"] == "ready"
    assert code == 0


def test_report_follows_its_schema() -> None:
    schema = json.loads(resources.files("auditor.report").joinpath("schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    for tree in (PROTOTYPE, PRODUCTION):
        jsonschema.validate(report(str(tree))[1], schema)


def test_same_input_same_bytes(tmp_path: Path) -> None:
    first = auditor("scan", str(PROTOTYPE), "--format", "json", PYTHONHASHSEED="1").stdout
    second = auditor("scan", str(PROTOTYPE), "--format", "json", PYTHONHASHSEED="2", cwd=tmp_path).stdout
    assert first == second


@pytest.mark.parametrize("format_", FORMATS)
def test_no_format_shows_a_secret(format_: str) -> None:
    secrets = [
        line.partition('"')[2].partition('"')[0]
        for line in (PROTOTYPE / "api/llm.py").read_text().splitlines()
        if "sk-proj" in line
    ]
    secrets += [line.partition("=")[2] for line in (PROTOTYPE / ".env").read_text().splitlines()]
    assert len(secrets) == 3
    done = auditor("scan", str(PROTOTYPE), "--format", format_, "-vv", AUDITOR_DEBUG="1")
    assert len(done.stdout) > 300
    for secret in secrets:
        assert secret not in done.stdout + done.stderr
        assert secret[12:28] not in done.stdout + done.stderr, "not even a part of it"


def test_machine_formats_parse() -> None:
    import xml.etree.ElementTree as ET

    sarif = json.loads(auditor("scan", str(PROTOTYPE), "--format", "sarif").stdout)
    assert sarif["version"] == "2.1.0"
    assert len(sarif["runs"][0]["results"]) > 10
    assert json.loads(auditor("scan", str(PROTOTYPE), "--format", "gitlab").stdout)[0]["fingerprint"]
    suite = ET.fromstring(auditor("scan", str(PROTOTYPE), "--format", "junit").stdout)
    assert int(suite.attrib["failures"]) > 5
    assert "::error file=" in auditor("scan", str(PROTOTYPE), "--format", "github").stdout


def test_a_repository_without_calls_is_not_praised(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("print(1)\n")
    for form in ("terminal", "markdown", "html", "github"):
        done = auditor("scan", str(tmp_path), "--format", form)
        assert done.returncode == 0
        assert "NO LLM CALLS FOUND" in done.stdout
        assert "READY" not in done.stdout
        assert "/100" not in done.stdout
        assert form == "github" or "there is nothing to assess" in done.stdout
    report = json.loads(auditor("scan", str(tmp_path), "--format", "json").stdout)
    assert (report["verdict"], report["score"]["value"]) == ("ready", 100)


def test_a_pipe_stays_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()))
    reader.start()
    write_atomically(pipe, "report\n")
    reader.join(10)
    assert pipe.is_fifo()
    assert read == ["report\n"]


def test_several_formats_at_once(tmp_path: Path) -> None:
    target = tmp_path / "out.sarif"
    done = auditor("scan", str(PROTOTYPE), "--format", "terminal", "--format", "sarif", "--output", str(target))
    assert "NOT READY" in done.stdout
    assert json.loads(target.read_text())["version"] == "2.1.0"


# --------------------------------------------------------------------------- the gate


def test_gate_options(app: Path) -> None:
    assert auditor("scan", str(app), "--fail-on", "never").returncode == 0
    assert auditor("scan", str(app), "--fail-on", "major").returncode == 1
    assert auditor("scan", str(app), "--fail-on", "major", "--exit-zero").returncode == 0
    assert auditor("scan", str(app), "--fail-on", "never", "--min-score", "100").returncode == 1
    assert auditor("scan", str(app), "--select", "missing-timeout", "--fail-on", "minor").returncode == 0


def test_baseline_lets_only_new_findings_block(app: Path) -> None:
    assert auditor("baseline", str(app)).returncode == 0
    file = app / ".auditor-baseline.json"
    assert auditor("scan", str(app), "--baseline", str(file), "--fail-on", "minor").returncode == 0
    text = (app / "app.py").read_text()
    (app / "app.py").write_text("# moved down\n\n" + text)
    assert auditor("scan", str(app), "--baseline", str(file), "--fail-on", "minor").returncode == 0, "lines moved only"
    (app / "new.py").write_text("import openai\nopenai.OpenAI().responses.create(model='gpt-4o', input='x')\n")
    assert auditor("scan", str(app), "--baseline", str(file), "--fail-on", "major").returncode == 1


def test_inline_suppression_needs_a_reason(app: Path) -> None:
    text = (app / "app.py").read_text()
    (app / "app.py").write_text(
        text.replace("messages=[]))", "messages=[]))  # auditor: ignore[missing-output-cap] short answers")
    )
    _, data = report(str(app))
    states = {f["id"]: f["state"] for f in rows(data, "findings")}
    assert states["missing-output-cap"] == "suppressed"
    (app / "app.py").write_text(text.replace("messages=[]))", "messages=[]))  # auditor: ignore[missing-output-cap]"))
    _, data = report(str(app))
    states = {f["id"]: f["state"] for f in rows(data, "findings")}
    assert states["missing-output-cap"] == "new"
    assert states["suppression-without-reason"] == "new"


# --------------------------------------------------------------------------- bad input


def test_empty_folder(tmp_path: Path) -> None:
    code, data = report(str(tmp_path))
    assert code == 0
    assert rows(data, "findings") == []
    assert rows(data, "errors") == []


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("broken.py", b"import openai\ndef f(:\n", "line"),
        ("null.py", b"import openai\n" + b"x = 1\n" * 2000 + b"\0", ""),
        ("deep.py", b"import openai\nx = " + b"(" * 5000 + b")" * 5000 + b"\n", ""),
        (".github/workflows/x.yml", b"on:\n  schedule: [\n    - cron: '* * * * *'\n jobs: {", ""),
    ],
)
def test_what_cannot_be_parsed_is_an_error_and_exit_3(tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    file = tmp_path / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    code, data = report(str(tmp_path))
    assert code == 3
    assert [e["path"] for e in rows(data, "errors")] == [name]


def test_odd_files_are_no_errors(tmp_path: Path) -> None:
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\r\n\0\0\0")
    (tmp_path / "blob").write_bytes(bytes(range(256)) * 50)
    (tmp_path / "latin.py").write_bytes("# -*- coding: latin-1 -*-\nimport openai\nx = 'é'\n".encode("latin-1"))
    (tmp_path / "wide.txt").write_bytes("a = 'b'\n".encode("utf-16"))
    (tmp_path / "long.js").write_text("import OpenAI from 'openai';\nconst a = '" + "x" * 2_000_000 + "';\n")
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "outside").symlink_to("/etc/passwd")
    os.mkfifo(tmp_path / "pipe.py")
    code, data = report(str(tmp_path))
    assert rows(data, "errors") == []
    assert code == 0


@pytest.mark.skipif(os.geteuid() == 0, reason="root can read everything")
def test_unreadable_file_is_an_error(app: Path) -> None:
    (app / "app.py").chmod(0)
    code, data = report(str(app))
    assert code == 3
    assert [e["path"] for e in rows(data, "errors")] == ["app.py"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("profil: launch\n", "did you mean 'profile'"),
        ("profile: lunch\n", "did you mean 'launch'"),
        ("budget: {monthly: 5}\n", "monthly_usd"),
        ("ignore: [{check: missing-timeout}]\n", "reason"),
        ("profile: [\n", "not valid YAML"),
        ("a: &a [1]\nb: *a\n", "aliases"),
        ("min-score: much\n", "number"),
        ("options: {excessive-limit: {stepz: 5}}\n", "excessive-limit"),
    ],
)
def test_bad_configuration_is_exit_2(app: Path, text: str, said: str) -> None:
    (app / ".auditor.yaml").write_text(text)
    done = auditor("scan", str(app))
    assert done.returncode == 2
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert done.stdout == ""


def test_pyproject_configuration(app: Path) -> None:
    (app / "pyproject.toml").write_text('[tool.auditor]\nprofile = "strict"\n')
    assert report(str(app))[1]["score"]["profile"] == "strict"  # type: ignore[index]
    (app / "pyproject.toml").write_text('[tool.auditor]\nprofiles = "strict"\n')
    assert auditor("scan", str(app)).returncode == 2


def test_hostile_text_is_escaped(tmp_path: Path) -> None:
    name = "a[red]\x1b[31m<b>.py"
    (tmp_path / name).write_text("import openai\nopenai.OpenAI().responses.create(model='<script>', input='x')\n")
    for format_ in FORMATS:
        out = auditor("scan", str(tmp_path), "--format", format_, FORCE_COLOR="").stdout
        assert "\x1b[31m<b>" not in out, format_
        assert "<script>" not in out or format_ in {"json", "sarif", "gitlab"}, format_
    assert "a[red]" in auditor("scan", str(tmp_path)).stdout
