"""From what a schedule names to where code begins: command lines, scripts, images, routes, handlers, tasks, queues.

Every way ends in a `Start` (a function or module body with the arguments it gets), in something paid that is no code of
the repository, or in a `Lost` with the reason. Knows the tools that start programs; it runs none of them.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field, replace
from functools import cached_property
from typing import Protocol

from auditor.lazily import dataclass, regex
from auditor.link.program import FunctionInfo, Program
from auditor.link.shell import Simple, commands
from auditor.link.shell_words import joined
from auditor.link.start_functions import Functions
from auditor.model.facts import Certainty, Command, Target
from auditor.model.location import Span, Step, Trace
from auditor.model.setting import Absent, Given, Setting
from auditor.readers.schedules.runnables import read_called

_MAX_DEPTH = 10
_MAX_SERVICES = 10  # of a compose file that is started as a whole
_PYTHON = regex(r"(?:^|/)(?:python|python\d(?:\.\d+)?|pypy3?|py)$|^\$\{?(?:PYTHON|PY|VENV_PYTHON)\w*\}?$")
_RUNNERS_JS = {
    "node",
    "nodejs",
    "tsx",
    "ts-node",
    "ts-node-esm",
    "bun",
    "esno",
    "jiti",
    "nodemon",
    "babel-node",
    "vite-node",
    "pm2",
    "sucrase-node",
}
_HARMLESS = {
    "gradlew",
    "mvnw",
    "./gradlew",
    "./mvnw",
    "echo",
    "true",
    "false",
    "exit",
    "set",
    "test",
    "[",
    "[[",
    "printf",
    "read",
    ":",
    "return",
    "shift",
    "unset",
    "trap",
    "sleep",
    "date",
}
_VALUE_OPTIONS = {
    "-W",
    "-X",
    "-r",
    "--require",
    "--loader",
    "--import",
    "--env-file",
    "-P",
    "--project",
    "--tsconfig",
    "--experimental-loader",
    "-c",
    "--config",
}
_CLI_PAID = {
    "claude": ("-p", "--print"),
    "codex": ("exec",),
    "gemini": ("-p", "--prompt"),
    "aider": ("--message", "-m"),
    "llm": (),
    "opencode": ("run",),
}


_SYSTEM = ("/usr/", "/bin/", "/etc/", "/sbin/", "/opt/venv/", "/root/", "~/.", "/kaniko/", "/busybox/")


class Files(Protocol):
    """The tree as following needs it: which files there are, and what those that run things run."""

    paths: tuple[str, ...]

    def exists(self, path: str) -> bool:
        """Whether the tree has this file."""
        ...

    def read(self, path: str) -> str | None:
        """The text of a file; None if there is none."""
        ...

    def runnables(self, path: str) -> Mapping[str, tuple[Target, ...]]:
        """What a file runs, by name ("" for the file itself)."""
        ...


@dataclass(frozen=True)
class Way:
    """How far following has come: the trace so far, its certainty, and the limits met on the way."""

    trace: Trace = ()
    certainty: Certainty = Certainty.SURE
    time_limit: Setting[float | None] = field(default_factory=Absent)
    overlap_guard: Setting[str] = field(default_factory=Absent)
    depth: int = 0
    seen: frozenset[str] = frozenset()

    def step(self, at: Span, label: str, *, likely: bool = False) -> Way:
        """One stop further."""
        certainty = Certainty.LIKELY if likely and self.certainty is Certainty.SURE else self.certainty
        return replace(self, trace=(*self.trace, Step(at, label)), certainty=certainty, depth=self.depth + 1)

    def limited(self, target: Target) -> Way:
        """With the limits that a target has of its own, where the way has none yet."""
        limit = target.time_limit if isinstance(self.time_limit, Absent) else self.time_limit
        guard = target.overlap_guard if isinstance(self.overlap_guard, Absent) else self.overlap_guard
        return replace(self, time_limit=limit, overlap_guard=guard)


@dataclass(frozen=True)
class Start:
    """Code that begins to run: a function with its arguments (None: not known), or a module's body (`main`)."""

    function: FunctionInfo
    way: Way
    argv: tuple[str, ...] | None = None
    env: tuple[tuple[str, str], ...] = ()
    main: bool = False
    bindings: tuple[tuple[str, object], ...] = ()
    within: Span | None = None  # only what stands in this stretch of the function: the body of a loop
    handed: tuple[str, ...] = ()  # the functions that what made it was given


@dataclass(frozen=True)
class Paid:
    """Something that calls a model and is no code of the repository: a published action, an agent's command line."""

    name: str
    way: Way
    once: bool = False  # exactly one request; agents and actions make as many as they like


@dataclass(frozen=True)
class Lost:
    """Where the way ends without an answer."""

    why: str
    way: Way


Found = Start | Paid | Lost


class Starts:
    """Follows targets through the tree."""

    def __init__(self, program: Program, files: Files) -> None:
        """Follow in one repository."""
        self.program = program
        self.files = files
        self.functions = Functions(program, files)

    def of(self, target: Target, way: Way, cron: str = "") -> Iterator[Found]:
        """Where a target begins; nothing for what runs no code of the repository."""
        if way.depth > _MAX_DEPTH:
            yield Lost("the way is too long to follow", way)
            return
        way = way.limited(target)
        match target.kind:
            case "command" if target.command is not None:
                yield from self.command(
                    target.command, way, cron, folder=target.job if "Dockerfile" in target.at.path else ""
                )
            case "entry":
                for found in self._functions(self.functions.by_id(target.name), target, way, "runs"):
                    yield replace(found, handed=target.handed) if isinstance(found, Start) else found
            case "loop":
                for function in self.functions.by_id(target.name):
                    yield Start(function, way.step(target.at, "repeats its loop"), within=target.at)
            case "function":
                yield from self._functions(self.functions.by_reference(target.name), target, way, "runs")
            case "task":
                yield from self._functions(self.functions.by_task(target.name), target, way, "starts the task")
            case "task-id":
                yield from self._functions(self.functions.by_task_id(target.name), target, way, "starts the task")
            case "queue":
                yield from self._functions(self.functions.by_queue(target.name), target, way, "is worked off by")
            case "django":
                yield from self._django((target.name,), target.at, way, {})
            case "handler":
                yield from self._handler(target, way, cron)
            case "route":
                yield from self.route(target.name, target.method, target.at, way)
            case "file":
                yield from self._file(target.name, "", (), {}, target.at, way)
            case "image":
                yield from self._image(target, way)
            case "unit" | "workflow" | "action" | "script":
                yield from self._runnable(target, way)
            case "paid":
                yield Paid(target.name, way.step(target.at, f"runs {target.name}"))
            case "lost":
                yield Lost(target.name, way)
            case _:
                return

    def _functions(self, found: tuple[FunctionInfo, ...], target: Target, way: Way, verb: str) -> Iterator[Found]:
        if not found:
            yield Lost(f"{target.name} was not found", way)
        for function in found:
            name = "a function given" if function.name.startswith("<") else function.name or function.path
            yield Start(function, way.step(function.at, f"{verb} {name}", likely=len(found) > 1))

    # ------------------------------------------------------------------ handlers, routes, images, other files

    def _handler(self, target: Target, way: Way, cron: str) -> Iterator[Found]:
        path, _, export = target.name.partition("#")
        file = self.locate(path, "", ("", ".ts", ".js", ".mjs", ".py", ".tsx", ".mts", "/index.ts", "/index.js"))
        if file is None:
            yield Lost(f"{path} was not found", way)
            return
        found = self.functions.exported(file, export or "default")
        if not found:
            yield Lost(f"{file} has no {export}", way)
        for function in found:
            bindings: tuple[tuple[str, object], ...] = ()
            if export == "scheduled" and cron and function.definition is not None and function.definition.params:
                from auditor.link.arguments import Namespace

                bindings = ((function.definition.params[0].name, Namespace((("cron", cron),))),)
            yield Start(
                function,
                way.step(function.at, f"runs {export or 'the default export'}"),
                bindings=bindings,
                main=function.definition is None,
            )

    def route(self, path: str, method: str, at: Span, way: Way) -> Iterator[Found]:
        """The handler of an own HTTP route."""
        found = self.functions.by_route(path, method or "GET")
        if found is None:
            yield Lost(f"no handler for {path} was found", way)
            return
        for function in found:
            yield Start(
                function,
                way.step(at, f"requests {method or 'GET'} {path}").step(
                    function.at, f"handled by {function.name or function.path}"
                ),
            )

    def _image(self, target: Target, way: Way) -> Iterator[Found]:
        file = self._dockerfile(target.name)
        if file is None:
            yield Lost(f"the image {target.name} is not built here", way)
            return
        way = way.step(Span(file, 1), f"runs the image of {file}", likely=file != target.name)
        table = self.files.runnables(file)
        given = target.command
        runs = table.get("", ()) if given is None else table.get("entrypoint", ()) or table.get("", ())
        if not runs and given is None:
            yield Lost(f"{file} has no command", way)
        for run in runs:
            if given is not None and run.command is not None:
                text = f"{run.command.text} {given.text}" if "entrypoint" in table else given.text
                env = tuple(sorted({*run.command.env, *given.env}))
                run = replace(run, command=replace(run.command, text=text, env=env))
            yield from self.of(run, way)
        if not runs and given is not None:
            yield from self.command(given, way)

    def _dockerfile(self, name: str) -> str | None:
        if self.files.exists(name):
            return name
        found = [p for p in self.files.paths if re.search(r"(?:^|/)(?:Dockerfile[^/]*|[^/]*\.[Dd]ockerfile)$", p)]
        word = re.sub(r"[:@].*$", "", name).rsplit("/", 1)[-1].lower()
        near = [
            p
            for p in found
            if word
            and word not in {"dockerfile"}
            and (f"/{word}/" in f"/{p.lower()}" or p.lower().endswith((f".{word}", f"{word}.dockerfile")))
        ]
        if len(near) == 1:
            return near[0]
        return found[0] if len(found) == 1 else None

    def _runnable(self, target: Target, way: Way) -> Iterator[Found]:
        path, _, name = target.name.partition("#")
        if target.kind == "action":
            path = next((p for p in (f"{path}/action.yml", f"{path}/action.yaml") if self.files.exists(p)), path)
        if target.kind == "unit" and not self.files.exists(path):
            base = path.rsplit("/", 1)[-1]
            path = next((p for p in self.files.paths if p.rsplit("/", 1)[-1] == base), path)
        if not self.files.exists(path):
            yield Lost(f"{path} was not found", way)
            return
        if target.kind == "workflow":
            name = name or "workflow_call"
        key = f"{path}#{name}"
        if key in way.seen:
            return
        way = replace(way.step(Span(path, 1), f"runs {path}"), seen=way.seen | {key})
        if target.command is not None and target.kind in {"workflow", "action"}:
            runs = read_called(path, self.files.read(path) or "", target.command.env)
        else:
            runs = self.files.runnables(path).get(name, ())
        for run in runs:
            yield from self.of(run, way)

    # ------------------------------------------------------------------ command lines

    def command(
        self, command: Command, way: Way, cron: str = "", folder: str = "", args: tuple[str, ...] = (), script: str = ""
    ) -> Iterator[Found]:
        """Where the commands of a script begin code of the repository."""
        env = {k: v for k, v in command.env if not k.startswith("COPY ")}
        copies = tuple((k.removeprefix("COPY "), v) for k, v in command.env if k.startswith("COPY "))
        mapping = ImagePaths(folder, copies)
        for simple in commands(command.text, command.cwd, env, args, script):
            at = replace(
                command.at,
                line=command.at.line + simple.line + (1 if "\n" in command.text.strip("\n") and not script else 0),
            )
            at = Span(at.path, at.line)
            yield from self._simple(simple.words, simple, at, way, mapping)

    def _simple(
        self, words: tuple[str, ...], simple: Simple, at: Span, way: Way, mapping: ImagePaths
    ) -> Iterator[Found]:
        words, way = _unwrapped(words, at, way)
        if not words or words[0] in _HARMLESS or way.depth > _MAX_DEPTH:
            return
        name = words[0].rsplit("/", 1)[-1]
        rest = words[1:]
        cwd = mapping.back(simple.cwd)
        env = simple.env
        if _PYTHON.search(words[0]) or (name.startswith("python") and name[6:7] in {"", "2", "3", "w"}):
            yield from self._python(rest, simple, cwd, at, way, mapping)
        elif name in _RUNNERS_JS:
            yield from self._javascript(name, rest, cwd, env, at, way, mapping)
        elif name in {"bash", "sh", "zsh", "dash", "source", "."}:
            yield from self._shell(rest, simple, cwd, at, way, mapping)
        elif name in {"npm", "pnpm", "yarn", "npx", "bunx", "pnpx", "deno", "turbo", "nx"}:
            yield from self._package_manager(name, rest, simple, cwd, at, way, mapping)
        elif name in {"make", "gmake", "just"}:
            yield from self._make(name, rest, cwd, at, way)
        elif name in {"uv", "poetry", "pipenv", "pdm", "hatch", "rye", "conda", "micromamba", "pixi", "uvx", "pipx"}:
            yield from self._environment(name, rest, simple, at, way, mapping)
        elif name in {"docker", "docker-compose", "podman"}:
            yield from self._docker(name, rest, cwd, at, way)
        elif name in {"curl", "wget", "http", "https", "xh"}:
            yield from self._http(words, at, way)
        elif name == "gh":
            yield from self._gh(rest, at, way)
        elif name in {
            "celery",
            "flask",
            "django-admin",
            "modal",
            "prefect",
            "airflow",
            "rq",
            "arq",
            "dramatiq",
            "huey_consumer",
        }:
            yield from self._framework(name, rest, simple, cwd, at, way)
        elif name in {"honcho", "foreman", "heroku", "nf"}:
            yield from self._process(rest, simple, at, way, mapping)
        elif name in _CLI_PAID and (not _CLI_PAID[name] or any(w in _CLI_PAID[name] for w in rest)):
            yield Paid(name, way.step(at, f"runs {name}"))
        elif "/" in words[0] or re.search(r"\.(?:py|js|ts|mjs|cjs|sh|bash)$", words[0]):
            yield from self._file(mapping.back(words[0]), cwd, rest, env, at, way)
        else:
            yield from self._script_name(words[0], rest, env, at, way)

    def _python(
        self, rest: tuple[str, ...], simple: Simple, cwd: str, at: Span, way: Way, mapping: ImagePaths
    ) -> Iterator[Found]:
        at_ = 0
        while at_ < len(rest):
            word = rest[at_]
            if word == "-m" and at_ + 1 < len(rest):
                yield from self._module(rest[at_ + 1], rest[at_ + 2 :], simple, cwd, at, way)
                return
            if word == "-c" and at_ + 1 < len(rest):
                yield from self._inline(rest[at_ + 1], cwd, at, way)
                return
            if word == "-":
                yield from self._inline(simple.stdin, cwd, at, way)
                return
            if word in _VALUE_OPTIONS:
                at_ += 2
                continue
            if word.startswith("-"):
                at_ += 1
                continue
            if posixpath.basename(word) == "manage.py":
                yield from self._django(rest[at_ + 1 :], at, way, simple.env)
                return
            yield from self._file(mapping.back(word), cwd, rest[at_ + 1 :], simple.env, at, way)
            return
        if simple.stdin:
            yield from self._inline(simple.stdin, cwd, at, way)

    def _module(
        self, module: str, argv: tuple[str, ...], simple: Simple, cwd: str, at: Span, way: Way
    ) -> Iterator[Found]:
        if module in {
            "pip",
            "venv",
            "pytest",
            "unittest",
            "http.server",
            "ensurepip",
            "build",
            "twine",
            "mypy",
            "black",
            "ruff",
            "json.tool",
            "compileall",
            "playwright",
            "spacy",
            "nltk.downloader",
        }:
            return
        if module in {"celery", "flask", "modal", "prefect", "airflow"}:
            yield from self._framework(module, argv, simple, cwd, at, way)
            return
        path = module.replace(".", "/")
        file = self.locate(path, cwd, (".py", "/__main__.py", "/__init__.py"), roots=("", "src"))
        if file is None:
            if self.functions.has_package(module.split(".")[0]):
                yield Lost(f"the module {module} was not found", way.step(at, f"python -m {module}"))
            return
        yield from self._start_file(file, argv, simple.env, at, way, f"python -m {module}")

    def _inline(self, code: str, cwd: str, at: Span, way: Way) -> Iterator[Found]:
        """`python -c "from pkg.mod import main; main()"`: functions and classes called by name, the modules imported."""
        methods = set(re.findall(r"\.(\w+)\s*\(", code))
        for module, names in re.findall(r"from\s+([\w.]+)\s+import\s+(\([\w\s,]+\)|[\w ,]+)", code):
            file = self.locate(module.replace(".", "/"), cwd, (".py", "/__init__.py"), roots=("", "src"))
            if file is None:
                continue
            for name, other in re.findall(r"(\w+)(?:\s+as\s+(\w+))?", names):
                if re.search(rf"\b{other or name}\s*\(", code[code.find("import") :]):
                    for function in self.functions.of_class(file, name, methods) or self.functions.exported(file, name):
                        called = f"{name}.{function.name}" if function.owner is not None else name
                        yield Start(function, way.step(at, "runs inline Python").step(function.at, f"calls {called}"))
        for module in re.findall(r"^\s*import\s+([\w.]+)|;\s*import\s+([\w.]+)", code, re.MULTILINE):
            name = next(m for m in module if m)
            file = self.locate(name.replace(".", "/"), cwd, (".py", "/__init__.py"), roots=("", "src"))
            if file is None:
                continue
            for called in re.findall(rf"\b{re.escape(name)}\.(\w+)\s*\(", code):
                for function in self.functions.exported(file, called):
                    yield Start(function, way.step(at, "runs inline Python").step(function.at, f"calls {called}"))

    def _javascript(
        self,
        name: str,
        rest: tuple[str, ...],
        cwd: str,
        env: Mapping[str, str],
        at: Span,
        way: Way,
        mapping: ImagePaths,
    ) -> Iterator[Found]:
        words = list(rest)
        if name == "bun" and words[:1] == ["run"]:
            words = words[1:]
            if words and self._npm_script(words[0], cwd) is not None:
                yield from self._run_script(words[0], tuple(words[1:]), cwd, at, way)
                return
        if name == "bun" and words[:1] and words[0] in {"install", "add", "test", "x"}:
            return
        if words[:1] and words[0] in {"watch", "start", "run"}:
            words = words[1:]
        while words and words[0].startswith("-"):
            option = words.pop(0)
            if option in {"-e", "--eval", "-p", "--print"}:
                code = words[0] if words else ""
                for required in re.findall(r"(?:require|import)\s*\(\s*['\"]([^'\"]+)", code):
                    yield from self._file(required, cwd, (), env, at, way)
                return
            if option in _VALUE_OPTIONS and words:
                words.pop(0)
        if words:
            yield from self._file(mapping.back(words[0]), cwd, tuple(words[1:]), env, at, way)

    def _shell(
        self, rest: tuple[str, ...], simple: Simple, cwd: str, at: Span, way: Way, mapping: ImagePaths
    ) -> Iterator[Found]:
        words = list(rest)
        while words and words[0].startswith("-") and words[0] != "-c":
            if words[0].startswith("-") and "c" in words[0] and not words[0].startswith("--"):
                words[0] = "-c"
                break
            words.pop(0)
        if words[:1] == ["-c"] and len(words) > 1:
            env = tuple((k, v) for k, v in simple.env.items())
            copies = tuple((f"COPY {t}", s) for t, s in mapping.copies)
            yield from self.command(
                Command(words[1], at, simple.cwd, (*env, *copies)), way.step(at, "runs a shell"), folder=mapping.folder
            )
        elif words and not re.search(r"(?:activate|\.env|\.bashrc|\.profile|nvm\.sh)$", words[0]):
            yield from self._file(mapping.back(words[0]), cwd, tuple(words[1:]), simple.env, at, way)

    def _package_manager(
        self, name: str, rest: tuple[str, ...], simple: Simple, cwd: str, at: Span, way: Way, mapping: ImagePaths
    ) -> Iterator[Found]:
        words = list(rest)
        while words and words[0].startswith("-"):
            option = words.pop(0)
            if (
                option in {"--prefix", "-C", "--cwd", "--dir", "--filter", "-F", "-w", "--workspace", "-p", "--package"}
                and words
            ):
                value = words.pop(0)
                if option in {"--prefix", "-C", "--cwd", "--dir"}:
                    cwd = posixpath.normpath(posixpath.join(cwd, value))
                elif option in {"--filter", "-F", "-w", "--workspace"}:
                    cwd = self._workspace(value) or cwd
        if not words:
            return
        if name == "deno":
            if words[0] == "task" and len(words) > 1:
                yield from self._run_script(words[1], tuple(words[2:]), cwd, at, way, files=("deno.json", "deno.jsonc"))
            elif words[0] == "run":
                file = next((w for w in words[1:] if not w.startswith("-")), "")
                if file:
                    yield from self._file(
                        mapping.back(file), cwd, tuple(words[words.index(file) + 1 :]), simple.env, at, way
                    )
            return
        if name in {"npx", "bunx", "pnpx"} or words[0] in {"exec", "dlx", "x"}:
            inner = words if name in {"npx", "bunx", "pnpx"} else [w for w in words[1:] if w != "--"]
            yield from self._simple(tuple(inner), simple, at, way, mapping)
            return
        if name == "yarn" and words[0] == "workspace" and len(words) > 2:
            cwd, words = self._workspace(words[1]) or cwd, words[2:]
        if words[0] in {"run", "run-script"}:
            words = words[1:]
            while words and words[0].startswith("-"):
                option = words.pop(0)
                if option in {"--filter", "-F", "-w", "--workspace", "--prefix"} and words:
                    value = words.pop(0)
                    cwd = self._workspace(value) or (value if option == "--prefix" else cwd)
        elif words[0] in {
            "install",
            "i",
            "ci",
            "add",
            "audit",
            "publish",
            "pack",
            "config",
            "cache",
            "version",
            "login",
            "dedupe",
        }:
            return
        if words:
            more = [w for w in words[1:] if w != "--"]
            while "--workspace" in words or "-w" in words:
                index = words.index("--workspace") if "--workspace" in words else words.index("-w")
                cwd = self._workspace(words[index + 1]) or cwd if index + 1 < len(words) else cwd
                break
            if name in {"turbo", "nx"}:
                cwd = ""
            yield from self._run_script(
                words[0],
                tuple(more),
                cwd,
                at,
                way,
                missing=words[0] not in {"test", "start"} or name in {"npm", "yarn", "pnpm"},
            )

    def _workspace(self, name: str) -> str | None:
        """The folder of a workspace, by its path or its package's name."""
        plain = name.strip("./").removesuffix("...")
        for path in self.files.paths:
            if path.endswith("/package.json"):
                folder = path.removesuffix("/package.json")
                if folder == plain or folder.endswith("/" + plain.rsplit("/", 1)[-1]):
                    return folder
        return None

    def _npm_script(
        self, name: str, cwd: str, files: tuple[str, ...] = ("package.json",)
    ) -> tuple[str, tuple[Target, ...]] | None:
        folder = cwd.strip("/")
        while True:
            for file in files:
                path = f"{folder}/{file}" if folder else file
                found = self.files.runnables(path).get(name) if self.files.exists(path) else None
                if found:
                    return path, found
            if not folder:
                return None
            folder = folder.rpartition("/")[0]

    def _run_script(
        self,
        name: str,
        args: tuple[str, ...],
        cwd: str,
        at: Span,
        way: Way,
        files: tuple[str, ...] = ("package.json",),
        *,
        missing: bool = True,
    ) -> Iterator[Found]:
        found = self._npm_script(name, cwd, files)
        if found is None:
            if missing:
                yield Lost(f"no script {name} was found", way)
            return
        path, targets = found
        key = f"{path}#{name}"
        if key in way.seen:
            return
        way = replace(way.step(targets[0].at, f"runs the script {name}"), seen=way.seen | {key})
        for target in targets:
            if target.command is not None and args:
                target = replace(target, command=replace(target.command, text=f"{target.command.text} {joined(args)}"))
            yield from self.of(target, way)

    def _make(self, name: str, rest: tuple[str, ...], cwd: str, at: Span, way: Way) -> Iterator[Found]:
        words = list(rest)
        if "-C" in words and words.index("-C") + 1 < len(words):
            index = words.index("-C")
            cwd = posixpath.normpath(posixpath.join(cwd, words[index + 1]))
            cwd = "" if cwd == "." else cwd
            del words[index : index + 2]
        goals = [w for w in words if not w.startswith("-") and "=" not in w] or [""]
        names = ("justfile", "Justfile") if name == "just" else ("Makefile", "makefile", "GNUmakefile")
        path = next((p for n in names for p in [f"{cwd}/{n}" if cwd else n] if self.files.exists(p)), None)
        if path is None:
            yield Lost(f"no {names[0]} was found", way)
            return
        for goal in goals:
            key = f"{path}#{goal}"
            if key in way.seen:
                continue
            runs = self.files.runnables(path).get(goal)
            if runs is None:
                yield Lost(f"{path} has no target {goal}", way)
                continue
            onward = replace(
                way.step(runs[0].at if runs else Span(path, 1), f"runs {name} {goal}".strip()), seen=way.seen | {key}
            )
            for run in runs:
                yield from self.of(run, onward)

    def _environment(
        self, name: str, rest: tuple[str, ...], simple: Simple, at: Span, way: Way, mapping: ImagePaths
    ) -> Iterator[Found]:
        """`uv run x.py`, `poetry run python x.py`, `hatch run name`: the command behind the environment manager."""
        words = list(rest)
        cwd = simple.cwd
        while words and words[0].startswith("-"):
            option = words.pop(0)
            if name in {"uvx", "pipx"} and option in {"--from", "--with", "--python", "-p", "--spec"} and words:
                words.pop(0)
            elif option in {"--project", "--directory", "-C", "-p"} and words:
                cwd = posixpath.normpath(posixpath.join(cwd, words.pop(0)))
        if name not in {"uvx", "pipx"}:
            if words[:1] != ["run"]:
                return
            words = words[1:]
        takes = {
            "--with",
            "--python",
            "-p",
            "--project",
            "--directory",
            "--env-file",
            "--extra",
            "--group",
            "-n",
            "--name",
            "-e",
            "--environment",
            "--package",
            "--with-requirements",
            "--only-group",
            "--index-url",
        }
        while words and words[0].startswith("-"):
            option = words.pop(0)
            if option in {"-m", "--module"} and words:
                words = ["python", "-m", *words]
                break
            if option == "--directory" and words:
                cwd = posixpath.normpath(posixpath.join(cwd, words[0]))
            if option in takes and words:
                words.pop(0)
        if words:
            yield from self._simple(tuple(words), replace(simple, cwd=cwd), at, way, mapping)

    def _docker(self, name: str, rest: tuple[str, ...], cwd: str, at: Span, way: Way) -> Iterator[Found]:
        words = [w for w in rest if w != "compose"] if name == "docker" else list(rest)
        verbs = {"run", "exec", "up", "start"}
        index = next((i for i, w in enumerate(words) if w in verbs), None)
        if index is None or words[index] in {"start"}:
            return
        words = words[index:]
        compose = name == "docker-compose" or "compose" in rest
        plain: list[str] = []
        skip = False
        for word in words[1:]:
            if skip:
                skip = False
                continue
            if word.startswith("-") and not plain:
                skip = word in {
                    "-e",
                    "--env",
                    "-v",
                    "--volume",
                    "--name",
                    "--env-file",
                    "-w",
                    "--workdir",
                    "-u",
                    "--user",
                    "--network",
                    "-p",
                    "--platform",
                    "--entrypoint",
                    "-f",
                    "--file",
                    "--mount",
                }
                continue
            plain.append(word)
        if compose:
            yield from self._compose(words[0], plain, cwd, at, way)
            return
        if not plain:
            return
        if len(plain) > 1:
            yield from self._simple(
                tuple(plain[1:]),
                Simple(tuple(plain[1:]), "/app", 0),
                at,
                way.step(at, f"runs in {plain[0]}", likely=True),
                ImagePaths("", (("/app", "."),)),
            )
        elif words[0] == "run":
            yield from self._image(Target("image", at, name=plain[0]), way)

    def _compose(self, verb: str, plain: list[str], cwd: str, at: Span, way: Way) -> Iterator[Found]:
        services = {} if verb == "exec" else self._services(cwd)
        chosen = [n for n in plain if n in services] if verb == "up" else plain[:1]
        if services and all(n in services for n in chosen):
            for name in chosen or list(services)[:_MAX_SERVICES]:
                for target in services[name]:
                    given = (
                        Command(joined(tuple(plain[1:])), at) if verb == "run" and len(plain) > 1 else target.command
                    )
                    yield from self.of(replace(target, command=given), way.step(at, f"runs the service {name}"))
            return
        if len(plain) > 1 and verb in {"run", "exec"}:
            inner = tuple(plain[1:])
            yield from self._simple(
                inner,
                Simple(inner, "/app", 0),
                at,
                way.step(at, f"runs in {plain[0]}", likely=True),
                ImagePaths("", (("/app", "."),)),
            )
        elif verb in {"run", "up"}:
            yield from self._image(Target("image", at, name=plain[0] if plain else "Dockerfile"), way)

    def _services(self, cwd: str) -> Mapping[str, tuple[Target, ...]]:
        """The services of the compose file that a command in a folder means."""
        found = [p for p in self.files.paths if re.search(r"(?:^|/)(?:docker-compose|compose)[^/]*\.ya?ml$", p)]
        found.sort(key=lambda p: (posixpath.dirname(p) != cwd, posixpath.dirname(p) != "", len(p), p))
        return self.files.runnables(found[0]) if found else {}

    def _http(self, words: tuple[str, ...], at: Span, way: Way) -> Iterator[Found]:
        method = next(
            (words[i + 1].upper() for i, w in enumerate(words[:-1]) if w in {"-X", "--request", "--method"}), ""
        )
        joint = (re.fullmatch(r"(?:-X|--method=|--request=)([A-Za-z]+)", w) for w in words)
        method = method or next((m.group(1).upper() for m in joint if m), "")
        data = any(w.startswith(("-d", "--data", "--json", "--post-data", "-F", "--form")) for w in words)
        method = method or ("POST" if data or (words[0] in {"http", "xh"} and "POST" in words) else "GET")
        for word in words[1:]:
            vendor = self.program.catalog.vendor_of_url(word) if word.startswith("https://") else None
            if vendor is not None and vendor[2] is not None and method == "POST":
                yield Paid(vendor[0].title, way.step(at, f"requests {vendor[0].title}"), once=True)
                return
            dispatched = re.search(r"/actions/workflows/([\w.-]+)/dispatches", word)
            if dispatched:
                yield from self._dispatch(dispatched.group(1), at, way)
                return
            route = _own_route(word)
            if route:
                found = self.functions.by_route(route, method)
                if found is not None:
                    yield from self.route(route, method, at, way)
                    return
                if word.startswith(("$", "http://localhost", "http://127.")) or "${{" in word:
                    yield Lost(f"no handler for {route} was found", way.step(at, f"requests {method} {route}"))
                    return
        if any(
            w.startswith("$") and not w.startswith("$(")
            for w in words[1:]
            if re.search(r"URL|ENDPOINT|HOST", w)
            and not re.search(r"SLACK|DISCORD|WEBHOOK|TEAMS|TELEGRAM|GITHUB|NOTIF|PING|HEALTH", w)
        ):
            yield Lost("the address of the request is not in the file", way.step(at, "requests an address"))

    def _gh(self, rest: tuple[str, ...], at: Span, way: Way) -> Iterator[Found]:
        if rest[:2] == ("workflow", "run"):
            name = next((w for w in rest[2:] if not w.startswith("-")), "")
            yield from self._dispatch(name, at, way)
        elif rest[:1] == ("api",):
            for word in rest[1:]:
                found = re.search(r"actions/workflows/([\w.-]+)/dispatches", word)
                if found:
                    yield from self._dispatch(found.group(1), at, way)
        elif rest[:1] == ("models",):
            yield Paid("GitHub Models", way.step(at, "runs gh models"), once=True)

    def _dispatch(self, name: str, at: Span, way: Way) -> Iterator[Found]:
        path = f".github/workflows/{name}"
        if self.files.exists(path):
            yield from self._runnable(Target("workflow", at, name=f"{path}#workflow_dispatch"), way)

    def _process(
        self, rest: tuple[str, ...], simple: Simple, at: Span, way: Way, mapping: ImagePaths
    ) -> Iterator[Found]:
        """`honcho start worker`, `heroku run worker`: a process of the Procfile, else a command."""
        words = [w for w in rest[1:] if not w.startswith("-")] if rest[:1] in (("start",), ("run",)) else []
        path = f"{simple.cwd}/Procfile" if simple.cwd else "Procfile"
        table = self.files.runnables(path) if self.files.exists(path) else {}
        for name in words[:1] if rest[:1] == ("run",) else words:
            for target in table.get(name, ()):
                yield from self.of(target, way.step(at, f"runs the process {name}"))
        if rest[:1] == ("run",) and words and words[0] not in table:
            yield from self._simple(tuple(words), simple, at, way, mapping)

    def _framework(
        self, name: str, rest: tuple[str, ...], simple: Simple, cwd: str, at: Span, way: Way
    ) -> Iterator[Found]:
        if name == "modal" and rest[:1] == ("run",):
            file, _, func = next((w for w in rest[1:] if not w.startswith("-")), "").partition("::")
            yield from self._called(file, func.partition(".")[0], cwd, at, way)
        elif name in {"flask", "django-admin"}:
            words = [
                w
                for i, w in enumerate(rest)
                if not w.startswith("-") and (i == 0 or rest[i - 1] not in {"--app", "-A", "--settings"})
            ]
            if words and words[0] not in {"run", "shell", "db", "migrate", "collectstatic", "routes"}:
                found = self.functions.by_cli_name(words[0])
                yield from (
                    self._django(tuple(words), at, way, simple.env)
                    if name == "django-admin"
                    else (Start(f, way.step(f.at, f"runs {words[0]}"), argv=tuple(words[1:])) for f in found)
                )
        elif name == "celery" and "call" in rest:
            index = rest.index("call")
            if index + 1 < len(rest):
                yield from self._functions(
                    self.functions.by_task(rest[index + 1]),
                    Target("task", at, name=rest[index + 1]),
                    way,
                    "starts the task",
                )

    def _called(self, file: str, func: str, cwd: str, at: Span, way: Way) -> Iterator[Found]:
        path = self.locate(file, cwd)
        found = self.functions.exported(path, func) if path and func else ()
        if path and not found:
            yield from self._start_file(path, (), {}, at, way, file)
        for function in found:
            yield Start(function, way.step(function.at, f"runs {func}"))

    def _django(self, words: tuple[str, ...], at: Span, way: Way, env: Mapping[str, str]) -> Iterator[Found]:
        if not words or words[0] in {
            "migrate",
            "collectstatic",
            "runserver",
            "check",
            "createsuperuser",
            "test",
            "makemigrations",
            "loaddata",
            "shell",
            "compilemessages",
            "clearsessions",
        }:
            return
        name = words[0].replace("-", "_")
        found = [p for p in self.files.paths if p.endswith(f"management/commands/{name}.py")]
        if not found:
            yield Lost(f"the management command {words[0]} was not found", way)
        for path in found:
            for function in self.functions.exported(path, "handle") or self.functions.methods(path, "handle"):
                yield Start(
                    function,
                    way.step(function.at, f"runs manage.py {words[0]}"),
                    argv=tuple(words[1:]),
                    env=tuple(sorted(env.items())),
                )

    def _script_name(
        self, name: str, rest: tuple[str, ...], env: Mapping[str, str], at: Span, way: Way
    ) -> Iterator[Found]:
        """A bare word: an entry point that the repository's own packages declare, else some tool of the system."""
        target = self._scripts.get(name)
        if target is None:
            return
        onward = way.step(target.at, f"runs {name}")
        if target.kind != "function":
            yield from self.of(target, onward)
            return
        for function in self.functions.by_reference(target.name, target.job):
            yield Start(
                function,
                onward.step(function.at, f"enters {function.name}"),
                argv=rest,
                env=tuple(sorted(env.items())),
                main=False,
            )

    @cached_property
    def _scripts(self) -> Mapping[str, Target]:
        """The entry points that the repository's packages declare, by the name that runs each; the first one counts."""
        found: dict[str, Target] = {}
        for path in self.files.paths:
            name = path.rpartition("/")[2]
            if name not in {"pyproject.toml", "setup.py", "setup.cfg", "package.json"}:
                continue
            if name == "package.json" and '"bin"' not in (self.files.read(path) or ""):
                continue  # most of hundreds in a monorepo
            for script, targets in self.files.runnables(path).items():
                if name != "package.json" or script.startswith("bin:"):
                    for target in targets[:1]:
                        found.setdefault(script.removeprefix("bin:") if name == "package.json" else script, target)
        return found

    def _file(
        self, path: str, cwd: str, argv: tuple[str, ...], env: Mapping[str, str], at: Span, way: Way
    ) -> Iterator[Found]:
        file = self.locate(path, cwd, ("", ".js", ".ts", ".mjs", "/index.js", "/index.ts", "/__main__.py"))
        if file is None:
            built = re.sub(r"^(?:\./)?(?:dist|build|out|lib)/", "", path)
            if built != path or path.endswith(".js"):
                stem = re.sub(r"\.[cm]?js$", "", built)
                for prefix in ("src/", ""):
                    file = self.locate(prefix + stem, cwd, (".ts", ".tsx", ".mts", ".js", "/index.ts"), exact=True)
                    if file is not None:
                        way = way.step(at, f"{path} is built from {file}", likely=True)
                        break
        if file is None:
            if path.startswith(_SYSTEM) or "$(" in path or "venv/" in path or "node_modules/" in path:
                return
            yield Lost(f"{path} was not found", way)
            return
        yield from self._start_file(file, argv, env, at, way, path, cwd)

    def _start_file(
        self, file: str, argv: tuple[str, ...], env: Mapping[str, str], at: Span, way: Way, spelled: str, cwd: str = ""
    ) -> Iterator[Found]:
        module = (
            self.program.module(file)
            if file.endswith((".py", ".js", ".ts", ".mjs", ".cjs", ".mts", ".cts", ".tsx", ".jsx"))
            else None
        )
        if module is not None:
            onward = way.step(at, f"runs {spelled}").step(Span(file, 1), f"starts {file}")
            yield Start(module.body, onward, argv=argv, env=tuple(sorted(env.items())), main=True)
            return
        key = f"{file}#"
        if key in way.seen:
            return
        way = replace(way.step(at, f"runs {spelled}"), seen=way.seen | {key})
        runs = self.files.runnables(file).get("", ())
        if not runs:
            yield Lost(f"{file} cannot be read", way)
        for run in runs:
            if run.command is not None:
                command = replace(
                    run.command, cwd=run.command.cwd or "", env=tuple(sorted({**dict(run.command.env), **env}.items()))
                )
                yield from self.command(replace(command, cwd=cwd), way, args=argv, script=file)
            else:
                yield from self.of(run, way)

    # ------------------------------------------------------------------ files

    def locate(
        self, path: str, cwd: str, endings: Iterable[str] = ("",), roots: Iterable[str] = ("",), *, exact: bool = False
    ) -> str | None:
        """The file of the tree that a path means: from the folder, from the root, or by the longest tail that exists."""
        path = re.sub(r"^(?:\$\{?\w+\}?|\$\{\{[^}]*\}\}|~)/", "", path)
        plain = posixpath.normpath(path.lstrip("/")) if path else ""
        if not plain or (plain.startswith("..") and not cwd):
            plain = re.sub(r"^(?:\.\./)+", "", plain)
        tails = (
            []
            if path.startswith("/")
            else [
                posixpath.normpath(posixpath.join(base, root, path))
                for base in dict.fromkeys((cwd.strip("/"), ""))
                for root in roots
            ]
        )
        for candidate in tails:
            for ending in endings:
                if self.files.exists(candidate + ending):
                    return candidate + ending
        if exact:
            return None
        full = posixpath.normpath(posixpath.join("/", cwd, path)).strip("/") if not path.startswith("/") else plain
        parts = full.split("/")
        for index in range(len(parts)):
            tail = "/".join(parts[index:])
            for ending in endings:
                if self.files.exists(tail + ending):
                    return tail + ending
        return self._by_suffix(plain, endings)

    def _by_suffix(self, plain: str, endings: Iterable[str]) -> str | None:
        """The only file that ends in the path, where a folder was not followed."""
        wanted = tuple(f"/{plain}{ending}" for ending in endings if ending or "." in plain.rsplit("/", 1)[-1])
        if not wanted:
            return None
        found = [p for p in self.files.paths if p.endswith(wanted)]
        return found[0] if len(found) == 1 else None


@dataclass(frozen=True)
class ImagePaths:
    """How paths in an image correspond to the tree: COPY's targets and sources, relative to a folder."""

    folder: str = ""
    copies: tuple[tuple[str, str], ...] = ()

    def back(self, path: str) -> str:
        """The path in the tree of a path in the image; others stay."""
        if not path.startswith("/") or not self.copies:
            return path
        for target, source in sorted(self.copies, key=lambda c: -len(c[0])):
            if path == target or path.startswith(target.rstrip("/") + "/"):
                rest = path[len(target) :].strip("/")
                where = "" if source == "." else source
                if rest and "." in where.rsplit("/", 1)[-1] and where.endswith(rest):
                    rest = ""
                return "/".join(p for p in (self.folder, where, rest) if p) or "."
        return path


def _unwrapped(words: tuple[str, ...], at: Span, way: Way) -> tuple[tuple[str, ...], Way]:
    """The command without what only wraps it; time limits and locks of the wrappers are kept."""
    rest = list(words)
    for _ in range(8):
        if not rest:
            break
        name = rest[0].rsplit("/", 1)[-1]
        if name in {"timeout", "gtimeout"}:
            rest.pop(0)
            while rest and rest[0].startswith("-"):
                option = rest.pop(0)
                if option in {"-s", "-k", "--signal", "--kill-after"} and rest:
                    rest.pop(0)
            duration = re.fullmatch(r"(\d+(?:\.\d+)?)([smhd]?)", rest[0]) if rest else None
            if duration:
                seconds = float(duration.group(1)) * {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}[duration.group(2)]
                way = replace(way, time_limit=Given(seconds, at, "config") if seconds else way.time_limit)
            rest = rest[1:]
        elif name in {"flock", "run-one", "chronic", "setlock"}:
            way = replace(way, overlap_guard=Given(name, at, "config")) if name != "chronic" else way
            rest.pop(0)
            while rest and rest[0].startswith("-"):
                option = rest.pop(0)
                if option in {"-w", "--wait", "-E"} and rest:
                    rest.pop(0)
                if option == "-c" and rest:
                    return ("sh", "-c", rest[0]), way
            if name == "flock" and rest:
                rest.pop(0)
                if rest[:1] == ["-c"] and len(rest) > 1:
                    return ("sh", "-c", rest[1]), way
        elif name in {
            "nohup",
            "exec",
            "time",
            "command",
            "nice",
            "ionice",
            "stdbuf",
            "sudo",
            "env",
            "xvfb-run",
            "dotenv",
            "caffeinate",
            "eval",
            "dumb-init",
            "tini",
            "catchsegv",
            "doppler",
            "infisical",
            "op",
            "chamber",
            "dotenvx",
            "cross-env",
            "supercronic",
            "ts",
            "gosu",
            "su-exec",
        }:
            rest.pop(0)
            if name in {"doppler", "infisical", "op", "dotenvx", "dotenv"} and rest[:1] == ["run"]:
                rest.pop(0)
            while rest and (rest[0].startswith("-") or re.match(r"[A-Za-z_]\w*=", rest[0])):
                option = rest.pop(0)
                if (
                    option in {"-u", "-n", "-g", "-c", "-f", "-e"}
                    and rest
                    and name in {"sudo", "nice", "ionice", "dotenv"}
                ):
                    rest.pop(0)
            if name in {"gosu", "su-exec"} and rest:
                rest.pop(0)
        elif name in {"run-s", "run-p", "concurrently"}:
            return ("npm", "run", rest[1]) if len(rest) > 1 else (), way
        else:
            break
    return tuple(rest), way


def _own_route(url: str) -> str:
    """The path of a URL that may be the app's own: relative, on localhost, or on a host that is not written out."""
    found = re.match(r"(?:https?://[^/\s]+|\$\{\{[^}]*\}\}|\$\{?\w+\}?)?(/[\w./\[\]{}$-]*)", url)
    if not found or len(found.group(1)) < 2:
        return ""
    return found.group(1).rstrip("/").split("?")[0]
