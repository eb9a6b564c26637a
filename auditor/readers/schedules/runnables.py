"""What files run when they are started by name: npm scripts, Make targets, Dockerfiles, Procfiles, units, actions, scripts.

The answer is a table from names ("" for the file itself) to targets; following them is the business of linking.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from auditor.lazily import regex
from auditor.model.facts import Command, Target
from auditor.model.location import Span
from auditor.readers.schedules.github_actions import action_targets, called_targets, workflow_targets
from auditor.readers.schedules.github_expressions import Event
from auditor.readers.schedules.kubernetes import join
from auditor.readers.schedules.systemd import read_service
from auditor.readers.schedules.view import views

Runnables = Mapping[str, tuple[Target, ...]]
_MAX_TEXT = 400_000


def read_runnables(path: str, text: str) -> Runnables:
    """What the file runs, by name; empty for files that run nothing themselves. Total."""
    if len(text) > _MAX_TEXT:
        return {}
    reader = _reader(path)
    try:
        return reader(path, text) if reader else {}
    except (ValueError, RecursionError):
        return {}


def _reader(path: str) -> Callable[[str, str], Runnables] | None:
    name = path.rsplit("/", 1)[-1]
    if name in _NAMED:
        return _NAMED[name]
    if name.startswith(("docker-compose", "compose.")) and name.endswith((".yml", ".yaml")):
        return _compose
    if name.startswith("Dockerfile") or name.endswith((".Dockerfile", ".dockerfile")):
        return dockerfile
    if ".github/workflows/" in path and name.endswith((".yml", ".yaml")):
        return _workflow
    ending = name.rpartition(".")[2] if "." in name else ""
    return _ENDINGS.get(ending)


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _command(path: str, line: int, text: str, cwd: str | None = None) -> Target:
    at = Span(path, line)
    return Target("command", at, command=Command(text, at, _folder(path) if cwd is None else cwd))


def _package_json(path: str, text: str) -> Runnables:
    documents, _ = views(path, text)
    found: dict[str, tuple[Target, ...]] = {}
    for root in documents[:1]:
        for name, at, script in root.get("scripts").pairs():
            found[name] = (Target("command", at, command=Command(script.text, at, _folder(path))),)
        main = root.get("main")
        if main:
            folder = _folder(path)
            found[""] = (Target("file", main.at, name=f"{folder}/{main.text}" if folder else main.text),)
        binary = root.get("bin")
        if binary.is_map:
            for name, at, file in binary.pairs():
                folder = _folder(path)
                found.setdefault(
                    f"bin:{name}", (Target("file", at, name=f"{folder}/{file.text}" if folder else file.text),)
                )
        dependencies = [k for part in ("dependencies", "devDependencies") for k, _, _ in root.get(part).pairs()]
        for marker, name in (("wireit", "wireit"), ("turbo", "turbo")):
            if marker in dependencies:
                found.setdefault(f"uses:{name}", ())
    return found


def _deno(path: str, text: str) -> Runnables:
    documents, _ = views(path, text)
    return {
        name: (Target("command", at, command=Command(task.text or task.get("command").text, at, _folder(path))),)
        for root in documents[:1]
        for name, at, task in root.get("tasks").pairs()
    }


def _pyproject(path: str, text: str) -> Runnables:
    documents, _ = views(path, text)
    found: dict[str, tuple[Target, ...]] = {}
    for root in documents[:1]:
        for table in (
            root.get("project", "scripts"),
            root.get("tool", "poetry", "scripts"),
            root.get("tool", "rye", "scripts"),
        ):
            for name, at, entry in table.pairs():
                if ":" in entry.text:
                    found[name] = (Target("function", at, name=entry.text, job=_folder(path)),)
                elif entry.text:
                    found[name] = (Target("command", at, command=Command(entry.text, at, _folder(path))),)
        for table in (
            root.get("tool", "poe", "tasks"),
            root.get("tool", "pdm", "scripts"),
            root.get("tool", "taskipy", "tasks"),
        ):
            for name, at, entry in table.pairs():
                line = entry.text or entry.get("cmd").text or entry.get("shell").text
                if line:
                    found[name] = (Target("command", at, command=Command(line, at, _folder(path))),)
    return found


_SETUP_SCRIPT = regex(r"^\s*[\"']?([\w.-]+)\s*=\s*([\w.]+:[\w.]+)", re.MULTILINE)


def _setup(path: str, text: str) -> Runnables:
    start = text.find("console_scripts")
    if start < 0:
        return {}
    found: dict[str, tuple[Target, ...]] = {}
    for match in _SETUP_SCRIPT.finditer(text, start, start + 4000):
        line = text.count("\n", 0, match.start(1)) + 1
        found[match.group(1)] = (Target("function", Span(path, line), name=match.group(2), job=_folder(path)),)
    return found


_RULE = regex(r"^([A-Za-z0-9_./-]+(?:[ \t]+[A-Za-z0-9_./-]+)*)[ \t]*::?(?!=)[ \t]*([^=\n]*)$")
_VARIABLE = regex(r"^(?:export[ \t]+)?([A-Za-z_]\w*)[ \t]*(?::=|\?=|::=|=)[ \t]*(.*)$")


def _makefile(path: str, text: str) -> Runnables:
    found: dict[str, list[Target]] = {}
    variables: dict[str, str] = {}
    current: list[str] = []
    first = ""
    for number, line in enumerate(re.sub(r"\\\n", "  ", text).split("\n"), 1):
        if line.startswith("\t"):
            command = re.sub(
                r"\$[({](\w+)[)}]", lambda m: variables.get(m.group(1), m.group(0)), line.strip().lstrip("@-+")
            )
            for name in current:
                found[name].append(_command(path, number, command.replace("$$", "$")))
            continue
        assigned = _VARIABLE.match(line)
        if assigned:
            variables[assigned.group(1)] = assigned.group(2).strip()
            continue
        rule = _RULE.match(line.split("#")[0].rstrip())
        if rule:
            current = rule.group(1).split()
            for name in current:
                targets = found.setdefault(name, [])
                first = first or ("" if name.startswith(".") else name)
                targets.extend(
                    _command(path, number, f"make {d}")
                    for d in rule.group(2).split("|")[0].split()
                    if re.fullmatch(r"[\w-]+", d)
                )
    table = {name: tuple(targets) for name, targets in found.items()}
    if first:
        table.setdefault("", table[first])
    return table


def _justfile(path: str, text: str) -> Runnables:
    found: dict[str, list[Target]] = {}
    current = ""
    for number, line in enumerate(text.split("\n"), 1):
        if line[:1] in {" ", "\t"} and current and line.strip():
            found[current].append(_command(path, number, line.strip().lstrip("@-")))
        elif match := re.match(r"@?([A-Za-z][\w-]*)[^:=\n]*:(?!=)", line):
            current = match.group(1)
            found.setdefault(current, [])
    return {name: tuple(targets) for name, targets in found.items()}


def _procfile(path: str, text: str) -> Runnables:
    found: dict[str, tuple[Target, ...]] = {}
    for number, line in enumerate(text.splitlines(), 1):
        name, colon, command = line.partition(":")
        if colon and re.fullmatch(r"\w+", name.strip()):
            found[name.strip()] = (_command(path, number, command.strip()),)
    return found


def _service(path: str, text: str) -> Runnables:
    return {"": read_service(path, text)}


def _shell(path: str, text: str) -> Runnables:
    """A script runs in the folder it is called from; which one that is, its caller knows."""
    first = text.split("\n", 1)[0]
    at = Span(path, 1)
    if first.startswith("#!") and "python" in first:
        return {"": (Target("file", at, name=path),)}
    if first.startswith("#!") and re.search(r"\b(?:node|deno|bun|tsx)\b", first):
        return {"": (Target("file", at, name=path),)}
    return {"": (Target("command", at, command=Command(text, at)),)}


def _workflow(path: str, text: str) -> Runnables:
    documents, _ = views(path, text)
    found: dict[str, tuple[Target, ...]] = {}
    for root in documents[:1]:
        found["workflow_call"] = workflow_targets(path, root, Event("workflow_call"))
        found["workflow_dispatch"] = workflow_targets(path, root, Event("workflow_dispatch"))
        after = {"github.event.workflow_run.event": "schedule"}
        found["workflow_run"] = workflow_targets(path, root, Event("workflow_run", known=after))
    return found


def read_called(path: str, text: str, given: Sequence[tuple[str, str]]) -> tuple[Target, ...]:
    """What a reusable workflow or action runs, with what its caller hands on. Total."""
    if len(text) > _MAX_TEXT:
        return ()
    try:
        documents, _ = views(path, text)
        return called_targets(path, documents[0], given) if documents else ()
    except (ValueError, RecursionError):
        return ()


def _action(path: str, text: str) -> Runnables:
    documents, _ = views(path, text)
    return {"": action_targets(path, documents[0], Event("action"))} if documents else {}


_INSTRUCTION = regex(r"^\s*(FROM|CMD|ENTRYPOINT|WORKDIR|COPY|ADD)\s+(.*)$", re.IGNORECASE | re.DOTALL)


def dockerfile(path: str, text: str) -> Runnables:
    """What an image runs: ENTRYPOINT and CMD of its last stage, as one command; paths of COPY bring it back to the tree."""
    folder = _folder(path)
    entry: list[str] = []
    command: list[str] = []
    work, base, line = "", "", 1
    copies: list[tuple[str, str]] = []
    stages: dict[str, tuple[list[str], list[str], str, str, list[tuple[str, str]]]] = {}
    stage = ""
    for number, raw in _instructions(text):
        match = _INSTRUCTION.match(raw)
        if not match:
            continue
        word, rest = match.group(1).upper(), match.group(2).strip()
        if word == "FROM":
            if stage:
                stages[stage] = (entry, command, work, base, copies)
            parts = [p for p in rest.split() if not p.startswith("--")]
            stage = parts[2].lower() if len(parts) > 2 and parts[1].lower() == "as" else ""
            known = stages.get(parts[0].lower()) if parts else None
            entry, command, work, base, copies = known if known else ([], [], "", parts[0] if parts else "", [])
            copies = list(copies)
        elif word == "WORKDIR":
            work = rest.strip("\"'") if rest.startswith("/") else f"{work.rstrip('/')}/{rest}"
        elif word in {"COPY", "ADD"}:
            copies.extend(_copied(rest, work))
        elif word == "ENTRYPOINT":
            entry, line, command = _words(rest), number, []
        else:
            command, line = _words(rest), number
    words = [*entry, *command]
    if not words:
        return {}
    at = Span(path, line)
    if "lambda" in base and len(words) == 1 and re.fullmatch(r"[\w/-]+(?:\.[\w-]+)+", words[0]):
        module, _, export = words[0].rpartition(".")
        return {"": (Target("handler", at, name=f"{module.replace('.', '/')}#{export}", job=folder),)}
    mapping = tuple((f"COPY {target}", source) for source, target in copies)

    def run(words: list[str]) -> tuple[Target, ...]:
        text = words[-1] if words[:2] == ["/bin/sh", "-c"] and len(words) == 3 else join(words)
        return (Target("command", at, command=Command(text, at, work or "/", mapping), job=folder),)

    # What is given to the image stands in CMD's place.
    return {"": run(words), **({"entrypoint": run(entry)} if entry else {})}


def _compose(path: str, text: str) -> Runnables:
    """What the services of a compose file run: images that are built here, with the command that stands in CMD's place."""
    documents, _ = views(path, text)
    folder = _folder(path)
    found: dict[str, tuple[Target, ...]] = {}
    for name, at, service in documents[0].get("services").pairs() if documents else ():
        build, image = service.get("build"), service.get("image")
        context = posixpath.normpath((build.text or build.get("context").text or ".").strip("/"))
        where = "/".join(p for p in (folder, "" if context == "." else context) if p)
        given = {
            k: [v.text] if v.is_scalar else [*v.texts()] for k in ("entrypoint", "command") if (v := service.get(k))
        }
        words = {k: join(v) if len(v) != 1 else v[0] for k, v in given.items()}
        command = Command(" ".join(words.values()), at, where)
        if "entrypoint" in words or (not build and not image):
            found[name] = (Target("command", at, command=command),) if words else ()
        else:
            file = "/".join(p for p in (where, build.get("dockerfile").text or "Dockerfile") if p)
            target = Target("image", at, name=file if build else image.text)
            found[name] = (replace(target, command=command) if words else target,)
    return found


def _instructions(text: str) -> list[tuple[int, str]]:
    found: list[tuple[int, str]] = []
    pending, start = "", 0
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("#"):
            continue
        if not pending:
            start = number
        if line.rstrip().endswith("\\"):
            pending += line.rstrip()[:-1] + " "
            continue
        if (pending + line).strip():
            found.append((start, pending + line))
        pending = ""
    return found


def _words(rest: str) -> list[str]:
    if rest.startswith("["):
        try:
            parsed = json.loads(rest)
        except ValueError:
            return []
        return [str(w) for w in parsed] if isinstance(parsed, list) else []
    return ["/bin/sh", "-c", rest]


def _copied(rest: str, work: str) -> list[tuple[str, str]]:
    parts = [p for p in rest.split() if not p.startswith("--")]
    if "--from=" in rest or len(parts) < 2 or rest.startswith("["):
        return []
    target = parts[-1]
    if not target.startswith(("/", "$")):
        target = f"{work.rstrip('/')}/{target.removeprefix('./')}" if target not in {".", "./"} else (work or "/")
    return [(source.removeprefix("./").rstrip("/") or ".", target.rstrip("/") or "/") for source in parts[:-1]]


_NAMED: Mapping[str, Callable[[str, str], Runnables]] = {
    "package.json": _package_json,
    "deno.json": _deno,
    "deno.jsonc": _deno,
    "pyproject.toml": _pyproject,
    "setup.py": _setup,
    "setup.cfg": _setup,
    "Makefile": _makefile,
    "makefile": _makefile,
    "GNUmakefile": _makefile,
    "justfile": _justfile,
    "Justfile": _justfile,
    "Procfile": _procfile,
    "action.yml": _action,
    "action.yaml": _action,
}
_ENDINGS: Mapping[str, Callable[[str, str], Runnables]] = {
    "service": _service,
    "sh": _shell,
    "bash": _shell,
    "zsh": _shell,
    "": _shell,
    "mk": _makefile,
}
