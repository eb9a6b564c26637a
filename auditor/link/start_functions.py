"""Finds the functions that names mean: references, tasks, queues, exports, routes, commands. Loads files on demand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
from typing import TYPE_CHECKING, Any

from auditor.link.code import ClassInfo, FunctionInfo
from auditor.link.program import Program
from auditor.link.schedules_javascript import workers_of
from auditor.link.schedules_reading import dotted, last_name, positional, sites_of
from auditor.link.schedules_reading import option as option_of
from auditor.link.values import ClassValue, DictValue, FunctionValue, Instance, Made, Value, alternatives
from auditor.model.syntax import Assign, Call, Const, DictExpr, Export, Expr, FunctionExpr, ListExpr, Name

if TYPE_CHECKING:
    from auditor.link.starts import Files

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_VERBS = {
    "get",
    "post",
    "put",
    "patch",
    "delete",
    "all",
    "route",
    "api_route",
    "add_api_route",
    "add_url_rule",
    "path",
    "re_path",
    "on",
    "method",
    "head",
}
_ROUTE_FILES = (
    (re.compile(r"^(?:.*/)?app/(.*?)/?route\.[cm]?[jt]sx?$"), "method"),
    (re.compile(r"^(?:.*/)?pages/(api/.*?)(?:/index)?\.[cm]?[jt]sx?$"), "default"),
    (re.compile(r"^(?:.*/)?src/routes/(.*?)/?\+server\.[cm]?[jt]s$"), "method"),
    (
        re.compile(r"^(?:.*/)?server/(api/.*?|routes/.*?)(?:/index)?(?:\.(?:get|post|put|delete))?\.[cm]?[jt]s$"),
        "default",
    ),
    (re.compile(r"^(?:.*/)?netlify/functions/(.*?)(?:/index)?\.[cm]?[jt]s$"), "netlify"),
    (re.compile(r"^(?:.*/)?supabase/functions/([^/]+)/index\.[jt]s$"), "supabase"),
    (re.compile(r"^(?:.*/)?app/routes/(.*?)(?:/route)?\.[jt]sx?$"), "remix"),
    (re.compile(r"^((?:[^/]+/)?api/.*?)(?:/index)?\.(?:[cm]?[jt]s|py)$"), "default"),
)


class Functions:
    """The functions of a program by their many names."""

    def __init__(self, program: Program, files: Files) -> None:
        """Look in one repository."""
        self.program = program
        self.files = files
        self._route_files: dict[str, list[tuple[str, str]]] | None = None

    # ------------------------------------------------------------------ by name

    def by_id(self, name: str) -> tuple[FunctionInfo, ...]:
        """A function by the program's own id."""
        module = self.program.module(name.partition("::")[0])
        if module is None:
            return ()
        return tuple(f for f in (module.body, *module.functions) if f.id == name)[:1]

    def by_reference(self, name: str, folder: str = "") -> tuple[FunctionInfo, ...]:
        """`pkg.mod:func`, `path/file.py:func`, `pkg.mod:Class.method`."""
        module, _, attribute = name.partition(":")
        path = (
            module
            if module.endswith((".py", ".js", ".ts")) and self.files.exists(module)
            else self._module_file(module, folder)
        )
        if path is None and module.endswith(".py"):
            path = self._suffix(module)
        if path is None:
            return ()
        owner, _, method = attribute.rpartition(".")
        return self.methods(path, method, owner) if owner else self.exported(path, attribute)

    def by_task(self, name: str) -> tuple[FunctionInfo, ...]:
        """A task by its explicit name, by its dotted path, or by its bare name where only one function has it."""
        last = re.split(r"[.:/]", name)[-1]
        explicit = self._named_tasks(name)
        if explicit:
            return explicit
        module = name.rpartition(".")[0]
        if module:
            path = self._module_file(module)
            if path is not None:
                found = self.exported(path, last)
                if found:
                    return found
            package, _, cls = module.rpartition(".")
            path = self._module_file(package) if package else None
            if path is not None:
                found = self.methods(path, last, cls)
                if found:
                    return found
        decorated = [
            f
            for f in self._defined(last)
            if f.definition is not None and any(last_name(d) in _TASKS for d in f.definition.decorators)
        ]
        return tuple(decorated) if len(decorated) == 1 else ()

    def _named_tasks(self, name: str) -> tuple[FunctionInfo, ...]:
        """Functions whose task decorator says `name="…"`."""
        last = re.split(r"[.:/-]", name)[-1]
        found = []
        for path in self._mentioning(last):
            module = self.program.module(path)
            for function in module.functions if module else ():
                for decorator in function.definition.decorators if function.definition else ():
                    if isinstance(decorator, Call) and last_name(decorator.func) in _TASKS:
                        given = [
                            a.value
                            for a in decorator.args
                            if a.name == "name" or (a.name is None and last_name(decorator.func) == "task")
                        ]
                        if any(isinstance(g, Const) and g.value == name for g in given):
                            found.append(function)
        return tuple(found)

    def _defined(self, name: str) -> list[FunctionInfo]:
        found: list[FunctionInfo] = []
        for path in self._mentioning(name):
            module = self.program.module(path)
            found.extend(f for f in (module.functions if module else ()) if f.name == name)
        return found

    def _mentioning(self, word: str) -> tuple[str, ...]:
        return self.program.loader.mentions(word)[:40] if re.fullmatch(r"[A-Za-z_$][\w$]*", word) else ()

    def by_queue(self, name: str) -> tuple[FunctionInfo, ...]:
        """The processors of a queue or the handler of a named job."""
        found: dict[str, FunctionInfo] = {}
        for word in ("Worker", "define", "process"):
            for path in self._mentioning(word):
                module = self.program.module(path)
                if module is None or module.module.language == "python":
                    continue
                for expr in workers_of(self.program, module, tuple(sites_of(self.program, module)), name):
                    for function in self.of_expression(expr, self.program.enclosing(expr.at) or module.body):
                        found[function.id] = function
        return tuple(found.values())

    def by_event(self, name: str) -> tuple[FunctionInfo, ...]:
        """The Inngest functions that an event starts."""
        found: dict[str, FunctionInfo] = {}
        for path in self._mentioning("createFunction"):
            module = self.program.module(path)
            for site in sites_of(self.program, module) if module is not None else ():
                plain = positional(site.call)
                if last_name(site.call.func) != "createFunction" or not plain:
                    continue
                if name in {e for p in plain[:2] for e in _events_of(p)}:
                    for function in self.of_expression(plain[-1], site.function):
                        found[function.id] = function
        return tuple(found.values())

    def by_task_id(self, name: str) -> tuple[FunctionInfo, ...]:
        """What a Trigger.dev task of that id runs."""
        found: dict[str, FunctionInfo] = {}
        for path in self._mentioning("task"):
            module = self.program.module(path)
            for site in sites_of(self.program, module) if module is not None else ():
                given = option_of(site.call, "id") if last_name(site.call.func) in {"task", "schemaTask"} else None
                run = option_of(site.call, "run") if isinstance(given, Const) and given.value == name else None
                if run is not None:
                    for function in self.of_expression(run, site.function):
                        found[function.id] = function
        return tuple(found.values())

    def by_cli_name(self, name: str) -> tuple[FunctionInfo, ...]:
        """A command registered under a name (`@app.cli.command("name")`)."""
        found = []
        for path in self._mentioning("command"):
            module = self.program.module(path)
            for function in module.functions if module else ():
                for decorator in function.definition.decorators if function.definition else ():
                    if isinstance(decorator, Call) and last_name(decorator.func) == "command":
                        given = [p.value for p in positional(decorator) if isinstance(p, Const)]
                        if name in given or (not given and function.name.replace("_", "-") == name):
                            found.append(function)
        return tuple(found)

    def has_package(self, name: str) -> bool:
        """Whether the tree has a package or module of that name."""
        return any(f"/{name}/" in f"/{p}" or f"/{p}".endswith(f"/{name}.py") for p in self.files.paths)

    def _module_file(self, module: str, folder: str = "") -> str | None:
        path = module.replace(".", "/")
        for base in dict.fromkeys((folder, f"{folder}/src" if folder else "src", "", "src")):
            for ending in (".py", "/__init__.py", ".ts", ".js"):
                candidate = f"{base}/{path}{ending}" if base else path + ending
                if self.files.exists(candidate):
                    return candidate
        return self._suffix(f"{path}.py") or self._suffix(f"{path}/__init__.py")

    def _suffix(self, path: str) -> str | None:
        found = [p for p in self.files.paths if p.endswith("/" + path)]
        return found[0] if len(found) == 1 else None

    # ------------------------------------------------------------------ by file

    def exported(self, path: str, name: str) -> tuple[FunctionInfo, ...]:
        """What a file's name means as something to run; "module" is the file itself."""
        module = self.program.module(path)
        if module is None:
            return ()
        if name == "module":
            return (module.body,)
        if module.module.language == "python":
            value = self.program.member_of_module(path, name)
            found = self.of_value(value)
            return found or tuple(
                f for f in module.functions if f.name == name and f.owner is None and f.parent is module.body
            )
        if name in {"scheduled", "fetch", "queue"}:
            return self._member(self.program.member_of_module(path, "default"), name)
        value = self.program.member_of_module(path, name)
        found = self.of_value(value)
        if found:
            return found
        if name == "default":
            for other in ("handler", "main"):
                found = self.of_value(self.program.member_of_module(path, other))
                if found:
                    return found
        return tuple(self._written(path, name))

    def _written(self, path: str, name: str) -> Iterator[FunctionInfo]:
        """The functions that stand in what a name is given, where its maker is generated code that is not in the tree."""
        module = self.program.module(path)
        for statement in module.module.body if module else ():
            value: Expr | None = None
            named = isinstance(statement, Assign) and any(
                isinstance(t, Name) and t.id == name for t in statement.targets
            )
            if isinstance(statement, Assign | Export) and (
                named or (isinstance(statement, Export) and name == "default")
            ):
                value = statement.value
            if not isinstance(value, Call):
                continue
            for argument in value.args:
                inner = argument.value
                options = [e.value for e in inner.entries] if isinstance(inner, DictExpr) else [inner]
                for option in options:
                    if isinstance(option, FunctionExpr):
                        function = self.program.function_of(option.function)
                        if function is not None:
                            yield function

    def methods(self, path: str, name: str, owner: str = "") -> tuple[FunctionInfo, ...]:
        """Methods of a file's classes."""
        module = self.program.module(path)
        return tuple(
            f
            for f in (module.functions if module else ())
            if f.name == name and f.owner is not None and owner in ("", f.owner.name)
        )

    def of_class(self, path: str, name: str, called: Set[str]) -> tuple[FunctionInfo, ...]:
        """The methods of a file's class, or what it inherits, that are among the called ones."""
        found: dict[str, FunctionInfo] = {}
        if self.program.module(path) is None:
            return ()
        for option in alternatives(self.program.member_of_module(path, name)):
            for cls in self.program.bases(option.cls) if isinstance(option, ClassValue) else ():
                for method in cls.methods.values() if isinstance(cls, ClassInfo) else ():
                    if method.name in called or method.name == "__init__":
                        found.setdefault(method.name, method)
        return tuple(found.values())

    def _member(self, value: Value, name: str) -> tuple[FunctionInfo, ...]:
        found: list[FunctionInfo] = []
        for option in alternatives(value):
            match option:
                case DictValue():
                    pair = option.get(name)
                    if pair is not None:
                        found.extend(self.of_value(pair.value))
                case Instance(cls=cls) | ClassValue(cls=cls):
                    method = self.program.method(cls, name)
                    found.extend([method] if method is not None else [])
                case Made(call=call, scope=scope):
                    for argument in positional(call):
                        found.extend(self._member(self.program.evaluate(argument, scope), name))
                case _:
                    pass
        return tuple(found)

    def of_value(self, value: Value, depth: int = 0) -> tuple[FunctionInfo, ...]:
        """The functions that a value runs when called; wrappers are seen through."""
        found: dict[str, FunctionInfo] = {}
        for option in alternatives(value):
            match option:
                case FunctionValue(function=function):
                    found[function.id] = function
                case ClassValue(cls=cls):
                    for function in self._entry_methods(cls):
                        found[function.id] = function
                case Instance(cls=cls):
                    for function in self._entry_methods(cls):
                        found[function.id] = function
                case Made(call=call, scope=scope) if depth < 4:
                    for argument in call.args:
                        if isinstance(argument.value, Const):
                            continue
                        for function in self.of_value(self.program.evaluate(argument.value, scope), depth + 1):
                            found[function.id] = function
                case DictValue(entries=entries) if depth < 3:
                    for pair in entries:
                        if pair.key in {"handler", "run", "fetch", "task"}:
                            for function in self.of_value(pair.value, depth + 1):
                                found[function.id] = function
                case _:
                    pass
        return tuple(found.values())

    def _entry_methods(self, cls: ClassInfo) -> Iterator[FunctionInfo]:
        for name in ("handle", "do_GET", "do_POST", "get", "post", "run", "execute", "process", "__call__"):
            method = self.program.method(cls, name)
            if method is not None:
                yield method

    def of_expression(self, expr: Expr, scope: FunctionInfo) -> tuple[FunctionInfo, ...]:
        """The functions that an expression means."""
        if isinstance(expr, FunctionExpr):
            found = self.program.function_of(expr.function)
            return (found,) if found is not None else ()
        return self.of_value(self.program.expand(self.program.evaluate(expr, scope)))

    # ------------------------------------------------------------------ by route

    def by_route(self, path: str, method: str) -> tuple[FunctionInfo, ...] | None:
        """The handlers of an own route; () where the route exists but not for the method, None where there is none."""
        wanted = path.strip("/")
        if self._route_files is None:
            self._route_files = {}
            for file in self.program.loader.paths:
                for pattern, kind in _ROUTE_FILES:
                    found = pattern.match(file)
                    if found:
                        self._route_files.setdefault(_plain_route(found.group(1), kind), []).append((file, kind))
                        break
        hits = self._route_files.get(wanted) or self._dynamic(wanted)
        if hits:
            return tuple(f for file, kind in hits for f in self._route_functions(file, kind, method))
        return self._registered(wanted, method)

    def _dynamic(self, wanted: str) -> list[tuple[str, str]]:
        """Route files with `[id]` segments."""
        for route, hits in (self._route_files or {}).items():
            if "[" in route:
                pattern = "/".join(
                    ".+"
                    if s.startswith("[...") or s.startswith("[[")
                    else "[^/]+"
                    if s.startswith("[")
                    else re.escape(s)
                    for s in route.split("/")
                )
                if re.fullmatch(pattern, wanted):
                    return hits
        return []

    def _route_functions(self, file: str, kind: str, method: str) -> tuple[FunctionInfo, ...]:
        if kind == "method":
            return self.exported(file, method) or (self.exported(file, "ALL"))
        if kind == "supabase":
            return self.exported(file, "module")
        if kind == "remix":
            return self.exported(file, "loader" if method == "GET" else "action")
        if file.endswith(".py"):
            return self.methods(file, f"do_{method}") or self.exported(file, "handler") or self.exported(file, "app")
        own = self.exported(file, method)
        return own or self.exported(file, "default") or self.exported(file, "handler")

    def _registered(self, wanted: str, method: str) -> tuple[FunctionInfo, ...] | None:
        """Routes registered in code: decorators and calls whose path is the longest tail of the wanted one."""
        segments = [s for s in wanted.split("/") if s]
        words = [w for s in reversed(segments) for w in re.findall(r"[A-Za-z_]\w*", s) if w not in {"api", "v1", "v2"}]
        best: list[FunctionInfo] = []
        length, exists = 0, False
        for path in self._mentioning(words[0]) if words else ():
            for spelled, verb, functions in self._registrations(path):
                size = _tail(segments, spelled)
                if not size:
                    continue
                exists = True
                if verb not in {"", method}:
                    continue
                if size > length:
                    best, length = [], size
                if size == length:
                    best.extend(functions)
        if best:
            return tuple({f.id: f for f in best}.values())
        return () if exists else None

    def _registrations(self, path: str) -> Iterator[tuple[str, str, tuple[FunctionInfo, ...]]]:
        """(path, method or "", handlers) for each registration in a file."""
        module = self.program.module(path)
        if module is None:
            return
        for function in module.functions:
            for decorator in function.definition.decorators if function.definition else ():
                if isinstance(decorator, Call) and last_name(decorator.func).lower() in _VERBS:
                    for spelled in _paths(decorator):
                        for verb in _methods_of(decorator):
                            yield self._controller(function) + spelled, verb, (function,)
        for site in sites_of(self.program, module):
            name = last_name(site.call.func)
            if name not in _VERBS or not positional(site.call):
                continue
            plain = positional(site.call)
            for spelled in _paths(site.call):
                handlers = tuple(f for p in plain[1:] for f in self.of_expression(p, site.function))
                named = next((a.value for a in site.call.args if a.name in {"view_func", "endpoint"}), None)
                if named is not None:
                    handlers += self.of_expression(named, site.function)
                if handlers:
                    for verb in _methods_of(site.call):
                        yield spelled, verb, handlers

    def _controller(self, function: FunctionInfo) -> str:
        """Nest's `@Controller("prefix")`."""
        owner = function.owner
        for decorator in owner.definition.decorators if owner is not None else ():
            if isinstance(decorator, Call) and last_name(decorator.func) == "Controller":
                for spelled in _paths(decorator):
                    return "/" + spelled.strip("/") + "/"
        return ""


_TASKS = {"task", "shared_task", "actor", "job", "db_task", "periodic_task", "celery_task", "broker"}


def _events_of(expr: Expr) -> Iterator[str]:
    """The events that start an Inngest function: `{event: "a/b"}`, `[{event}]`, `{triggers: [{event}]}`."""
    items: tuple[Any, ...] = expr.items if isinstance(expr, ListExpr) else (expr,)
    for item in items:
        for pair in item.entries if isinstance(item, DictExpr) else ():
            key = pair.key.value if isinstance(pair.key, Const) else None
            if key == "event" and isinstance(pair.value, Const) and isinstance(pair.value.value, str):
                yield pair.value.value
            elif key == "triggers":
                yield from _events_of(pair.value)


def _plain_route(route: str, kind: str) -> str:
    """A route file's folders as the path of requests: groups and parallel routes are left out."""
    parts = [p for p in route.split("/") if p and not (p.startswith("(") and p.endswith(")")) and not p.startswith("@")]
    match kind:
        case "netlify":
            return ".netlify/functions/" + "/".join(parts)
        case "supabase":
            return "functions/v1/" + "/".join(parts)
        case "remix":
            return "/".join(parts).replace(".", "/")
        case _:
            joined = "/".join(parts)
            return joined.removeprefix("routes/") if joined.startswith("routes/") else joined


def _paths(call: Call) -> Iterator[str]:
    first = (
        positional(call)[0]
        if positional(call)
        else next((a.value for a in call.args if a.name in {"path", "rule"}), None)
    )
    if isinstance(first, Const) and isinstance(first.value, str):
        yield first.value
    elif first is None:
        yield ""


def _methods_of(call: Call) -> tuple[str, ...]:
    name = last_name(call.func).upper()
    if name in _METHODS:
        return (name,)
    given = next((a.value for a in call.args if a.name == "methods"), None)
    items: tuple[Any, ...] = getattr(given, "items", ())
    methods = tuple(str(i.value).upper() for i in items if isinstance(i, Const))
    if methods:
        return methods
    return ("GET",) if name == "ROUTE" and "." in dotted(call.func) else ("",)


def _tail(segments: list[str], spelled: str) -> int:
    """How many segments of the wanted path a registered one covers from the end; 0 if it does not fit."""
    parts = [p for p in spelled.strip("/").split("/") if p]
    if not parts or len(parts) > len(segments):
        return 0
    for wanted, part in zip(segments[-len(parts) :], parts, strict=True):
        if part != wanted and not part.startswith((":", "{", "<", "[")):
            return 0
    return len(parts) if any(not p.startswith((":", "{", "<", "[")) for p in parts) else 0
