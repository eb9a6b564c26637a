"""JavaScript module resolution: which file of the repository, or which package, an import specifier names.

Knows Node's, TypeScript's, Deno's and the bundlers' rules as far as the text of the repository decides them. Does not know
what is inside `node_modules`, and evaluates no configuration that is a program.
"""

from __future__ import annotations

import fnmatch
import posixpath
import re
from collections.abc import Callable, Iterator
from typing import Any

from auditor.lazily import dataclass, regex
from auditor.link.js_project import Package, Projects, ancestors, join, mapping, strings

_EXTENSIONS = (".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs", ".vue", ".svelte", ".astro", ".json")
_PLATFORMS = (".native", ".ios", ".android", ".web")
_WRITTEN_FOR = {  # the extension that an import names -> those that the source may really have
    ".js": (".ts", ".tsx", ".jsx"),
    ".jsx": (".tsx",),
    ".mjs": (".mts",),
    ".cjs": (".cts",),
}
_CONDITIONS = ("source", "development", "import", "module", "node", "browser", "default", "require", "types")
_MAX_EXTENDS = 8
_URL_PACKAGE = regex(
    r"https?://(?:esm\.sh|cdn\.skypack\.dev|unpkg\.com|esm\.run|cdn\.esm\.sh|(?:cdn|fastly)\.jsdelivr\.net/npm"
    r"|deno\.land/x|(?:ga\.)?jspm\.(?:io|dev)/npm:|jspm\.dev)[/]?(?:(?:v\d+|stable|pin/[^/]+|npm)/)?(?P<rest>.+)"
)
_ENTRY_FILE = regex(r"(?:^|/)\+esm$|^(?:(?:dist|build|lib|es|esm|src|bundles?)/(?:.*/)?)?[\w.-]+\.[cm]?[jt]s$")
_VERSION = regex(r"\A(@[^/@]+/[^/@]+|[^/@]+)(?:@[^/]*)?(?:/(.*))?\Z")
_CONVENTIONS = (  # prefixes that are no package name, and the folders of a project that frameworks map them to
    ("@/", ("src", "", "app")),
    ("~/", ("app", "", "src")),
    ("@@/", ("",)),
    ("~~/", ("",)),
    ("$lib/", ("src/lib",)),
    ("~", ("src", "")),
)
_FRAMEWORK_MODULES = ("$app", "$env", "$service-worker", "astro:", "virtual:", "bun:", "cloudflare:", "node:")


@dataclass(frozen=True, slots=True)
class External:
    """A package outside the repository: `openai`, `@ai-sdk/openai`; `subpath` is what follows it, without slash."""

    package: str
    subpath: str = ""


@dataclass(frozen=True, slots=True)
class _PathRules:
    """What one tsconfig says about specifiers: (pattern, targets relative to the root), and baseUrl."""

    patterns: tuple[tuple[str, tuple[str, ...]], ...] = ()
    base: str | None = None


@dataclass(frozen=True, slots=True)
class _Config:
    """What the configuration files of one folder say about specifiers; folders that say nothing have none."""

    folder: str
    rules: _PathRules
    aliases: tuple[tuple[str, str], ...]
    import_map: tuple[tuple[str, str], ...]


class JsResolver:
    """Resolves import specifiers against a fixed set of paths. Memoised; total: never raises."""

    def __init__(
        self, paths: frozenset[str], read: Callable[[str], str | None], known: frozenset[str] = frozenset()
    ) -> None:
        """Take the repository's paths, and how to read the text of one (None: it cannot be read).

        `known` packages are external even where a workspace has a package of that name: what an SDK does is told by
        what is known of it, in its own repository too, and not by reading how it does it.
        """
        self._paths = paths
        self._external = known
        self.projects = Projects(read, paths)
        self._known: dict[tuple[str, str], str | External | None] = {}
        self._rules: dict[str, _PathRules | None] = {}
        self._maps: dict[str, tuple[tuple[str, str], ...]] = {}
        self._configs: dict[str, tuple[_Config, ...]] = {}
        self._workspace_packages: dict[str, Package] | None = None

    def resolve(self, from_path: str, specifier: str) -> str | External | None:
        """Return the repository file that the specifier names in `from_path`, the package, or None where neither is known."""
        key = (posixpath.dirname(from_path), specifier)
        if key not in self._known:
            self._known[key] = None  # a map that leads back to itself ends here
            self._known[key] = self._resolve(*key)
        return self._known[key]

    def _resolve(self, folder: str, specifier: str) -> str | External | None:
        plain = specifier.split("?")[0] if not specifier.startswith("http") else specifier
        plain = plain.rsplit("!", 1)[-1]
        if not plain:
            return None
        if plain.startswith(("./", "../")) or plain in (".", ".."):
            return self._probe(join(folder, plain))
        if plain.startswith("/"):
            return self._absolute(folder, plain)
        if plain.startswith(("http://", "https://", "npm:", "jsr:")):
            return _from_url(plain)
        known = _package(plain) if self._external else None
        if known is not None and known.package in self._external:
            return known
        mapped = self._mapped(folder, plain)
        if mapped is not None:
            return mapped
        if plain.startswith(_FRAMEWORK_MODULES):
            return _package(plain)
        if plain.startswith("#"):
            return self._package_import(folder, plain)
        return self._configured(folder, plain) or self._conventional(folder, plain) or self._bare(plain)

    # ------------------------------------------------------------------ files

    def _probe(self, base: str) -> str | None:
        """The file that a path without certain extension stands for."""
        return next((c for c in self._candidates(base) if c in self._paths), None) or self._folder_main(base)

    def _candidates(self, base: str) -> Iterator[str]:
        yield base
        stem, extension = posixpath.splitext(base)
        for other in _WRITTEN_FOR.get(extension, ()):
            yield stem + other
        for end in _EXTENSIONS:
            yield base + end
        for end in _EXTENSIONS:
            yield f"{base}/index{end}" if base else f"index{end}"
        for platform in _PLATFORMS:
            for end in (".tsx", ".ts", ".jsx", ".js"):
                yield base + platform + end

    def _folder_main(self, folder: str) -> str | None:
        package = self.projects.package(folder) if not posixpath.splitext(folder)[1] else None
        main = None if package is None else package.manifest.get("main")
        if package is None or not isinstance(main, str):
            return None
        path = join(folder, main)
        return next((c for c in self._candidates(path) if c in self._paths), None)

    def _absolute(self, folder: str, specifier: str) -> str | None:
        """`/src/main.ts` in a page: relative to the folder that is served."""
        for above in ancestors(folder):
            for served in ("", "public", "static"):
                found = self._probe(join(posixpath.join(above, served), specifier.lstrip("/")))
                if found:
                    return found
        return None

    # ------------------------------------------------------------------ tsconfig, aliases, conventions

    def _configured(self, folder: str, specifier: str) -> str | External | None:
        """By `paths` and `baseUrl` of the nearest configurations, then by aliases of bundlers."""
        for config in self._config_of(folder):
            found = self._by_rules(config.rules, specifier)
            if found:
                return found
            for name, target in config.aliases:
                if specifier == name or specifier.startswith(name.rstrip("/") + "/"):
                    found = self._probe(join(target, specifier[len(name) :].lstrip("/")))
                    if found:
                        return found
        return None

    def _config_of(self, folder: str) -> tuple[_Config, ...]:
        """The configurations that hold in a folder, the nearest first."""
        if folder not in self._configs:
            own = _Config(
                folder,
                self._rules_of(folder) or _PathRules(),
                self.projects.aliases(folder),
                self._import_map(folder),
            )
            says = own.rules.patterns or own.rules.base is not None or own.aliases or own.import_map
            above = self._config_of(posixpath.dirname(folder)) if folder else ()
            self._configs[folder] = (own, *above) if says else above
        return self._configs[folder]

    def _by_rules(self, rules: _PathRules, specifier: str) -> str | None:
        for pattern, targets in rules.patterns:
            prefix, star, suffix = pattern.partition("*")
            if not star and specifier != pattern:
                continue
            if star and not (specifier.startswith(prefix) and specifier.endswith(suffix)):
                continue
            rest = specifier[len(prefix) : len(specifier) - len(suffix)] if star else ""
            for target in targets:
                found = self._probe(join("", target.replace("*", rest, 1)))
                if found:
                    return found
        return self._probe(join(rules.base, specifier)) if rules.base is not None else None

    def _rules_of(self, folder: str) -> _PathRules | None:
        if folder not in self._rules:
            self._rules[folder] = None
            patterns: list[tuple[str, tuple[str, ...]]] = []
            base = None
            for name in ("tsconfig.json", "jsconfig.json", "tsconfig.app.json", "tsconfig.base.json"):
                rules = self._read_rules(join(folder, name), 0)
                if rules is not None:
                    patterns += rules.patterns
                    base = rules.base if base is None else base
            if patterns or base is not None:
                patterns.sort(key=lambda pair: (-len(pair[0].partition("*")[0]), pair[0]))
                self._rules[folder] = _PathRules(tuple(patterns), base)
        return self._rules[folder]

    def _read_rules(self, path: str, depth: int) -> _PathRules | None:
        config = self.projects.json(path)
        if not isinstance(config, dict) or depth > _MAX_EXTENDS:
            return None
        folder = posixpath.dirname(path)
        options = mapping(config.get("compilerOptions"))
        base_url = options.get("baseUrl")
        base = join(folder, base_url) if isinstance(base_url, str) else None
        origin = folder if base is None else base
        found = [
            (str(k), tuple(join(origin, v) for v in strings(vs))) for k, vs in mapping(options.get("paths")).items()
        ]
        references = [
            r["path"] for r in config.get("references") or [] if isinstance(r, dict) and isinstance(r.get("path"), str)
        ]
        for other in [*strings(config.get("extends")), *references][:_MAX_EXTENDS]:
            inherited = self._read_rules(self._config_path(folder, other), depth + 1)
            if inherited is not None:
                known = {pattern for pattern, _ in found}
                found += [p for p in inherited.patterns if p[0] not in known]
                base = inherited.base if base is None else base
        return _PathRules(tuple(found), base)

    def _config_path(self, folder: str, name: str) -> str:
        if not name.startswith("."):
            return ""  # a package's configuration: not in the repository, and never with paths of ours
        path = join(folder, name)
        if path.endswith(".json"):
            return path
        return path + ".json" if self.projects.json(path + ".json") is not None else join(path, "tsconfig.json")

    def _conventional(self, folder: str, specifier: str) -> str | None:
        """By the prefixes that frameworks map without being told to."""
        for prefix, places in _CONVENTIONS:
            if not specifier.startswith(prefix):
                continue
            rest = specifier[len(prefix) :]
            for above in ancestors(folder):
                for place in places:
                    found = self._probe(join(posixpath.join(above, place), rest))
                    if found:
                        return found
            return None
        if specifier == "$lib":
            return next((f for a in ancestors(folder) if (f := self._probe(join(a, "src/lib")))), None)
        return None

    # ------------------------------------------------------------------ packages

    def _package_import(self, folder: str, specifier: str) -> str | External | None:
        package = self.projects.nearest(folder)
        if package is None:
            return None
        target = _match_map(mapping(package.manifest.get("imports")), specifier)
        if target is None:
            return self._configured(folder, specifier)
        if target.startswith("."):
            return self._probe(join(package.folder, target))
        return self._bare(target)

    def _bare(self, specifier: str) -> str | External | None:
        named = _package(specifier)
        if named is None:
            return None
        workspace = self._workspaces().get(named.package)
        if workspace is None:
            return named
        return self._in_package(workspace, named.subpath) or named

    def _in_package(self, package: Package, subpath: str) -> str | None:
        exports = package.manifest.get("exports")
        wanted = f"./{subpath}" if subpath else "."
        targets: list[str] = []
        table = exports if isinstance(exports, dict) and any(k.startswith(".") for k in exports) else {".": exports}
        exported = _match_map(table, wanted)
        if exported is not None:
            targets.append(exported)
        if not subpath:
            targets += [
                v for k in ("source", "module", "main", "types") if isinstance(v := package.manifest.get(k), str)
            ]
        targets += [subpath, posixpath.join("src", subpath)] if subpath else ["src/index", "index", "src", "lib/index"]
        for target in targets:
            found = self._probe(join(package.folder, target)) or self._source_of(package, target)
            if found:
                return found
        return None

    def _source_of(self, package: Package, target: str) -> str | None:
        """The source of a built file that is not in the repository: `dist/x.js` comes from `src/x.ts`."""
        parts = target.removeprefix("./").split("/")
        if len(parts) < 2 or parts[0] not in ("dist", "build", "lib", "out", "esm", "cjs"):
            return None
        stem = re.sub(r"(\.d)?\.[cm]?[jt]sx?$", "", "/".join(parts[1:]))
        return self._probe(join(package.folder, "src/" + stem))

    def _workspaces(self) -> dict[str, Package]:
        """The packages of the repository by name: those that workspaces list, and all whose package.json is known."""
        if self._workspace_packages is None:
            self._workspace_packages = {}
            found: dict[str, Package] = {}
            for folder in sorted(self._workspace_folders(), key=lambda f: (f.count("/"), f)):
                package = self.projects.package(folder)
                if package is not None and package.name and "node_modules" not in folder:
                    found.setdefault(package.name, package)
            self._workspace_packages = found
        return self._workspace_packages

    def _workspace_folders(self) -> set[str]:
        listed = {posixpath.dirname(p) for p in self._paths if posixpath.basename(p) == "package.json"}
        globs = self._workspace_globs()
        if not globs:
            return listed
        folders = {a for f in {posixpath.dirname(p) for p in self._paths} for a in ancestors(f)}
        pattern = re.compile("|".join(f"(?:{fnmatch.translate(g)})" for g in globs[:100]))
        return listed | {f for f in folders if f and pattern.match(f)}

    def _workspace_globs(self) -> list[str]:
        root = self.projects.package("")
        declared = None if root is None else root.manifest.get("workspaces")
        globs = strings(declared.get("packages") if isinstance(declared, dict) else declared)
        pnpm = self.projects.text("pnpm-workspace.yaml")
        if pnpm is not None:
            globs += re.findall(r"""^[ \t]*-[ \t]*['"]?([\w@.*/-]+)['"]?[ \t]*$""", pnpm, re.MULTILINE)
        lerna = mapping(self.projects.json("lerna.json"))
        globs += strings(lerna.get("packages"))
        return [g.removeprefix("./").rstrip("/") for g in globs if not g.startswith("!")]

    # ------------------------------------------------------------------ Deno's import maps

    def _mapped(self, folder: str, specifier: str) -> str | External | None:
        for config in self._config_of(folder):
            for key, target in config.import_map:
                if specifier == key or (key.endswith("/") and specifier.startswith(key)):
                    full = target + specifier[len(key) :]
                    return self._probe(join(config.folder, full)) if full.startswith((".", "/")) else _from_url(full)
        return None

    def _import_map(self, folder: str) -> tuple[tuple[str, str], ...]:
        if folder not in self._maps:
            found: dict[str, str] = {}
            for name in ("deno.json", "deno.jsonc", "import_map.json"):
                imports = mapping(mapping(self.projects.json(join(folder, name))).get("imports"))
                found |= {str(k): v for k, v in imports.items() if isinstance(v, str)}
            self._maps[folder] = tuple(sorted(found.items(), key=lambda pair: (-len(pair[0]), pair)))
        return self._maps[folder]


def _match_map(table: dict[str, Any], wanted: str) -> str | None:
    """The target of `exports` or `imports` for a subpath, the most specific key first."""
    for key in sorted(table, key=lambda k: (-len(k.partition("*")[0]), k)):
        prefix, star, suffix = key.partition("*")
        if key != wanted and not (star and wanted.startswith(prefix) and wanted.endswith(suffix)):
            continue
        target = _condition(table[key], 0)
        if target is not None:
            rest = wanted[len(prefix) : len(wanted) - len(suffix)] if star else ""
            return target.replace("*", rest)
    return None


def _condition(value: Any, depth: int) -> str | None:
    if isinstance(value, str):
        return value
    if depth > _MAX_EXTENDS:
        return None
    if isinstance(value, list):
        return next((t for v in value if (t := _condition(v, depth + 1))), None)
    if isinstance(value, dict):
        known = [c for c in _CONDITIONS if c in value]
        return next((t for c in [*known, *value] if (t := _condition(value[c], depth + 1))), None)
    return None


def _from_url(address: str) -> External | None:
    """The package behind `npm:openai@4`, `jsr:@std/fs` or an address of a module CDN."""
    if address.startswith(("npm:", "jsr:")):
        return _package(address[4:].lstrip("/"))
    match = _URL_PACKAGE.match(address)
    if match is not None:
        found = _package(match["rest"].split("?")[0].split("#")[0].lstrip("*"))
        # `openai@4/mod.ts`, `openai@4/+esm`: the file that the package's own entry would name.
        return found and External(found.package, _ENTRY_FILE.sub("", found.subpath))
    if address.startswith("http"):
        bare = address.split("?")[0].split("://", 1)[1]
        host, _, rest = bare.partition("/")
        return External(host, rest) if host else None
    return _package(address)


def _package(specifier: str) -> External | None:
    if specifier.startswith(_FRAMEWORK_MODULES):
        name, _, rest = specifier.partition("/")
        return External(name, rest)
    match = _VERSION.match(specifier)
    return None if match is None else External(match[1], match[2] or "")
