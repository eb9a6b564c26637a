"""Where a JavaScript file stands in its project, by path and by the words in it: server, client, or open.

A file that is open runs where what imports it runs; `default` says what holds if nothing imports it. Knows the file
conventions of frameworks; what kind of project a package is stands in the catalog's `bundlers.yaml`.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable

from auditor.catalog.bundlers import Bundlers
from auditor.lazily import dataclass, regex
from auditor.link.js_project import Projects, ancestors, join, mapping

CLIENT, SERVER, OPEN = "client", "server", ""


@dataclass(frozen=True, slots=True)
class Project:
    """A package, or a folder that is a program of its own. `kind` as in the catalog; also library, plain, functions."""

    folder: str
    kind: str
    default: bool | None
    server_entries: frozenset[str] = frozenset()
    packages: frozenset[str] = frozenset()

    def inside(self, path: str) -> str:
        """The path relative to the project's folder."""
        return path[len(self.folder) + 1 :] if self.folder else path


@dataclass(frozen=True, slots=True)
class Standing:
    """What a file's place says: `side` if it settles it, else what holds if nothing imports it, and why."""

    side: str
    default: bool | None
    why: str
    split: bool = False  # ships, but some of its exports do not


_ANYWHERE_SERVER = regex(
    r"(^|/)(supabase/functions|netlify/(edge-)?functions|amplify/(backend/)?functions?|\.github|\.circleci|cypress|firebase/functions)/"
)
_CONFIG = regex(r"(^|/)[\w.-]*(\.config|\.setup|rc|file)\.[cm]?[jt]s$|(^|/)(gulpfile|Gruntfile|metro|babel)\.[\w.]*js$")
_SERVER_FOLDERS = regex(
    r"^(src/)?(server|backend|cron|jobs|lambdas?|edge-functions|cloud-functions|cloudflare(-worker)?|functions|prisma|migrations"
    r"|seeds?|scripts?|tools?|bin|cli|infra|deploy|docker|ops)/|^(api|workers?|db)/|^(src/)?server\.[cm]?[jt]sx?$"
)
_STATIC_FOLDERS = regex(
    r"(^|/)(public|static|staticfiles|client|frontend|www|wwwroot|htdocs|assets|web|views|templates|browser|ui|extension|docs)/"
)
_PAGES = regex(r"^(src/)?pages/")
_APP_SPECIAL = regex(
    r"^(src/)?app/(.*/)?(page|layout|template|loading|not-found|default|route|sitemap|robots|manifest|opengraph-image|icon)\.[jt]sx?$"
)
_NEXT_SERVER = regex(
    r"^(src/)?app/(.*/)?route\.[cm]?[jt]sx?$|^(src/)?pages/api/|^(src/)?(middleware|proxy|instrumentation)\.[cm]?[jt]s$"
    r"|^(src/)?pages/_document\.[jt]sx?$|^next-sitemap|^server\.[cm]?[jt]s$"
)
_DOT_SERVER = regex(r"\.server\.[cm]?[jt]sx?$|\.server\.(vue|svelte)$|(^|/)\.server/")
_DOT_CLIENT = regex(r"\.client\.[cm]?[jt]sx?$|\.client\.vue$|(^|/)\.client/")
_SVELTE_SERVER = regex(
    r"(^|/)\+server\.[jt]s$|(^|/)\+(page|layout)\.server\.[jt]s$|(^|/)hooks\.server\.[jt]s$|^src/lib/server/|(^|/)server/[^/]+\.remote\.[jt]s$|\.remote\.[jt]s$"
)
_SVELTE_CLIENT = regex(
    r"\.svelte(\.[jt]s)?$|(^|/)\+(page|layout)\.[jt]s$|(^|/)hooks(\.client)?\.[jt]s$|^src/service-worker"
)
_NUXT_SERVER = regex(r"^(server|modules|layers/[^/]+/server)/|^nuxt\.config|^(src|app)/server/")
_NUXT_CLIENT = regex(
    r"^((src|app)/)?(pages|components|layouts|plugins|middleware|app\.vue|error\.vue|composables|stores?)\b"
)
_REMIX_ROUTE = regex(r"^(app|src)/(routes/.+|root)\.[jt]sx?$")
_ASTRO_SERVER = regex(r"^src/pages/.+\.[cm]?[jt]s$|^src/(middleware|content\.config|content/config)\b|^src/actions/")
_GATSBY_SERVER = regex(r"^gatsby-(node|config|ssr)\.|^src/api/|^plugins/.*gatsby-node")
_START_SERVER = regex(r"(^|/)routes/(.*/)?api/|^(src|app)/(server|ssr|entry-server|api)\.[jt]sx?$|^src/api\.[jt]s$")
_ANGULAR_SERVER = regex(r"(^|/)(main|app\.config|app\.routes|app\.module|app)\.server\.[jt]s$|^(src/)?server\.ts$")
_DIRECTIVE = re.compile(  # atomic groups: a file may start with any number of comments
    r"\A(?>\ufeff|\s|//[^\n]*\n|/\*(?>[^*]|\*(?!/))*+\*/|#![^\n]*\n|[\"']use strict[\"'];?)*+[\"']use (client|server)[\"']"
)
_SERVER_IMPORT = regex(
    r"""(?:require\(\s*|from\s+)["'](?:node:)?(?:fs|fs/promises|path|http|https|child_process|os|net|readline|url|express|dotenv|dotenv/config"""
    r"""|fastify|koa|hono|discord\.js|telegraf|commander|yargs|inquirer|worker_threads|puppeteer|nodemailer|mongoose|pg|mysql2?)["']"""
)
_SERVER_PLAIN = (
    "process.",
    "__dirname",
    "module.exports",
    "Deno.",
    "Bun.",
    ".listen(",
    "#!",
    "dotenv/config",
    "handler",
)
_SERVER_WORDS = regex(
    r"""\bprocess\.(?:argv|exit|cwd|stdin)\b|\b__dirname\b|\bmodule\.exports\b|\bexports\.(?:lambda_?)?[hH]andler\b|\bDeno\.|\bBun\.|\.listen\(\s*(?:PORT|port|\d|process)"""
    r"""|^\#!|import\s+["']dotenv/config["']|\bexport\s+(?:const|async\s+function)\s+handler\b|\bprocess\.env\.(?!NODE_ENV|PUBLIC|NEXT_PUBLIC|REACT_APP|EXPO_PUBLIC|VITE)"""
)
_CLIENT_PLAIN = (
    "document.", "window.", "localStorage", "sessionStorage", "chrome.", "browser.", "import.meta.env.VITE", "react",
    "==UserScript==", "$(document)", "navigator.", "useState(",
)  # fmt: skip
_CLIENT_WORDS = regex(
    r"""\bdocument\.(?:getElementById|querySelector|addEventListener|createElement|body)|\bwindow\.|\blocalStorage\b|\bsessionStorage\b"""
    r"""|\bchrome\.(?:runtime|storage|tabs|scripting)|\bbrowser\.(?:runtime|storage|tabs)|\bimport\.meta\.env\.VITE|\bfrom\s+["']react(?:-dom|-native)?["']"""
    r"""|==UserScript==|\$\(document\)|\bnavigator\.(?:clipboard|mediaDevices|userAgent)|\buseState\("""
)
_RUNNERS = regex(
    r"(?:^|[\s;&|'\"])(?:node|nodemon|tsx|ts-node|ts-node-dev|ts-node-esm|bun|deno|babel-node|esno|jiti|vite-node|pm2|forever|concurrently)\b([^;&|]*)"
)
_SCRIPT_FILE = regex(r"(?<![\w/.@-])((?:\.{0,2}/)?[\w./@-]+\.[cm]?[jt]s)\b")
_DESKTOP = frozenset({"electron", "nextron", "electron-builder", "@electron-forge/cli"})
_BROWSER = frozenset({"react", "react-dom", "vue", "svelte", "solid-js", "preact", "lit", "@angular/core", "jquery"})
_BARE_IMPORT = regex(r"""\b(?:from|require\()\s*["'](?![./]|https?:)[^"'\n]+["']""")
_WRANGLER_MAIN = regex(r"""^[ \t]*["']?main["']?\s*[=:]\s*["']([^"']+)["']""", re.MULTILINE)


class Sides:
    """Answers where files stand; projects are looked up once."""

    def __init__(self, paths: Iterable[str], read: Callable[[str], str | None], bundlers: Bundlers) -> None:
        """Take all paths of the repository, how to read a text, and what the catalog knows of bundlers."""
        self._paths = frozenset(paths)
        self._folders = frozenset(a for f in {posixpath.dirname(p) for p in self._paths} for a in ancestors(f))
        self._read = read
        self._bundlers = bundlers
        self._projects = Projects(self._read_listed)
        self._known: dict[str, Project | None] = {}
        self._standings: dict[str, Standing] = {}

    def _read_listed(self, path: str) -> str | None:
        return self._read(path) if path in self._paths else None

    # ------------------------------------------------------------------ projects

    def project(self, path: str) -> Project:
        """The project that a file belongs to."""
        for folder in ancestors(posixpath.dirname(path)):
            if folder not in self._known:
                self._known[folder] = self._project_at(folder)
            found = self._known[folder]
            if found is not None:
                return found
        return Project("", "plain", None)

    def _has(self, folder: str, *names: str) -> bool:
        return any(join(folder, n) in self._paths for n in names)

    def _project_at(self, folder: str) -> Project | None:
        package = self._projects.package(folder)
        packages = frozenset() if package is None else package.dependencies()
        entries = self._server_entries(folder)
        if self._is_extension(folder, package is not None):
            return Project(folder, "extension", True, entries, packages)
        if package is None:
            if self._has(folder, "wrangler.toml", "wrangler.jsonc", "wrangler.json", "deno.json", "deno.jsonc"):
                return Project(folder, "server", False, entries)
            return None
        if isinstance(mapping(package.manifest.get("engines")).get("vscode"), str):
            return Project(folder, "plugin", True, entries, packages)
        for known in self._bundlers.projects:
            if known.packages & packages or (known.files and self._has(folder, *known.files)):
                kind, default = known.kind, known.default
                if (
                    kind == "vite"
                    and not self._has_page(folder)
                    and not packages & {"react-dom", "vue", "svelte", "solid-js", "preact"}
                ):
                    continue
                if kind == "server" and packages & {"react-dom", "vue", "svelte"}:
                    default = None
                return Project(folder, kind, default, entries, packages)
        if self._has(folder, "wrangler.toml", "wrangler.jsonc", "wrangler.json"):
            return Project(folder, "server", False, entries, packages)
        return Project(folder, "library", None, entries, packages)

    def _has_page(self, folder: str) -> bool:
        return self._has(
            folder,
            "index.html",
            "src/index.html",
            "client/index.html",
            "public/index.html",
            "app/index.html",
            "web/index.html",
        )

    def _is_extension(self, folder: str, package: bool) -> bool:
        """A browser extension's manifest here; in a package also in the folders that bundlers take it from."""
        places = ("", "public", "src", "static", "app", "extension") if package else ("",)
        for place in places:
            path = join(posixpath.join(folder, place), "manifest.json")
            if path in self._paths and "manifest_version" in mapping(self._projects.json(path)):
                return True
        return package and self._has(
            folder, "manifest.config.ts", "manifest.config.js", "src/manifest.ts", "src/manifest.js", "manifest.ts"
        )

    def _server_entries(self, folder: str) -> frozenset[str]:
        """Files that npm scripts run with Node, commands of the package, and the entry of a Worker."""
        found: set[str] = set()
        package = self._projects.package(folder)
        if package is not None:
            for command in package.scripts().values():
                for runner in _RUNNERS.finditer(command[:2000]):
                    found.update(join(folder, f) for f in _SCRIPT_FILE.findall(runner[1]))
            commands = package.manifest.get("bin")
            names = [commands] if isinstance(commands, str) else list(mapping(commands).values())
            found.update(join(folder, n) for n in names if isinstance(n, str))
        for name in ("wrangler.toml", "wrangler.jsonc", "wrangler.json"):
            text = self._read_listed(join(folder, name))
            if text is not None:
                found.update(join(folder, m) for m in _WRANGLER_MAIN.findall(text))
        return frozenset(f for f in found if f in self._paths)

    # ------------------------------------------------------------------ files

    def standing(self, path: str) -> Standing:
        """Where a file stands."""
        if path not in self._standings:
            self._standings[path] = self._standing(path)
        return self._standings[path]

    def _standing(self, path: str) -> Standing:
        project = self.project(path)
        inside = project.inside(path)
        if path.endswith((".html", ".htm")):
            return Standing(CLIENT, True, "a script of a page runs in the visitor's browser")
        if _ANYWHERE_SERVER.search(path):
            return Standing(SERVER, False, "a serverless function or build script")
        text = self._read_listed(path) or ""
        if path.endswith(".py"):
            text = text[:2]  # no bundler reads it: where it stands may say something, and `#!`, but no JavaScript in it
        if "==UserScript==" in text[:2000]:
            return Standing(CLIENT, True, "a user script runs in the browser")
        if _CONFIG.search(inside) or path in project.server_entries or text.startswith("#!"):
            return Standing(SERVER, False, "run by Node: a script, a command or a configuration file")
        settled = self._framework(project, inside, text)
        if settled is not None:
            return settled
        marks = self._marked(text)
        if marks:
            return Standing(marks, marks == CLIENT, "it imports a module that only one side may import")
        return self._by_folder(project, path, inside, text)

    def _framework(self, project: Project, inside: str, text: str) -> Standing | None:
        """What the framework's own conventions settle."""
        directive = _DIRECTIVE.match(text) if "use client" in text or "use server" in text else None
        if directive is not None and project.kind not in ("native", "extension"):
            if directive[1] == "client":
                return Standing(CLIENT, True, '"use client": it is part of the browser bundle')
            return Standing(SERVER, False, '"use server": it runs on the server')
        match project.kind:
            case "next":
                return _next(inside)
            case "nuxt":
                return _two(inside, _NUXT_SERVER, _NUXT_CLIENT, "Nuxt")
            case "sveltekit":
                return _two(inside, _SVELTE_SERVER, _SVELTE_CLIENT, "SvelteKit")
            case "remix":
                return _remix(inside, text)
            case "start":
                return _two(inside, _START_SERVER, None, "the framework")
            case "astro":
                return _two(inside, _ASTRO_SERVER, None, "Astro")
            case "gatsby":
                if re.match(r"src/(pages|templates)/", inside):
                    return Standing(CLIENT, True, "a Gatsby page is part of the browser bundle", split=True)
                return _two(inside, _GATSBY_SERVER, None, "Gatsby")
            case "native":
                if re.search(r"\+api\.[jt]sx?$", inside):
                    return Standing(SERVER, False, "an Expo API route runs on the server")
            case "spa" | "vite":
                if _ANGULAR_SERVER.search(inside) and "@angular/core" in project.packages:
                    return Standing(SERVER, False, "Angular's server entry")
            case _:
                pass
        return None

    def _marked(self, text: str) -> str:
        for marks, side in ((self._bundlers.server_marks, SERVER), (self._bundlers.client_marks, CLIENT)):
            for mark in marks:
                # Only an import that binds values counts: `import type … from "next/server"` says nothing.
                if mark in text and re.search(
                    rf"""^[ \t]*import\s+(?!type\b)[^;'"]{{0,2000}}["']{re.escape(mark)}["']""", text, re.MULTILINE
                ):
                    return side
        return ""

    def _by_folder(self, project: Project, path: str, inside: str, text: str) -> Standing:
        """What holds if nothing imports the file."""
        kind = project.kind
        if "convex" in project.packages and inside.startswith("convex/"):
            return Standing(SERVER, False, "a Convex function runs on the server")
        if project.packages & _DESKTOP and re.match(r"(src/)?(main|electron|src-electron|desktop|preload)/", inside):
            return Standing(OPEN, True, "part of a desktop app, which runs on the user's device")
        if kind == "desktop" and not re.match(r"(scripts?|tools?|build)/", inside):
            return Standing(OPEN, True, "part of a desktop app, which runs on the user's device")
        if _SERVER_FOLDERS.match(inside) and not (
            kind in ("extension", "native", "plain", "library") and _words(text) is True
        ):
            return Standing(OPEN, False, f"in a folder for server code of a project ({kind})")
        if kind in ("server", "library", "plain", "webpack", "browser"):
            return self._unbundled(project, inside, text)
        if project.default is None:
            said = _words(text)
            return Standing(OPEN, said, "by the platform interfaces that it uses")
        side = "ships with the app" if project.default else "runs on the server unless client code imports it"
        return Standing(OPEN, project.default, f"in a project of kind {kind}: {side}")

    def _unbundled(self, project: Project, inside: str, text: str) -> Standing:
        said = _words(text)
        static = _STATIC_FOLDERS.search("/" + inside) is not None
        if project.kind == "server" and not static and project.default is False:
            return Standing(OPEN, False, "in a server project")
        if said is None and project.kind == "server":
            return Standing(OPEN, True if static else project.default, "by its folder")
        if said is None and static and project.kind != "library":
            return Standing(OPEN, True, "in a folder that is served to browsers")
        unbundled = not static and not project.packages & _BROWSER and not self._has_page(project.folder)
        if said is None and unbundled and _BARE_IMPORT.search(text):
            # It imports packages by name and nothing bundles them for a page: only Node, Deno or Bun can run that.
            return Standing(OPEN, False, "nothing here bundles it for a browser")
        return Standing(OPEN, said, "by the platform interfaces that it uses")


def _two(inside: str, server: re.Pattern[str], client: re.Pattern[str] | None, framework: str) -> Standing | None:
    if server.search(inside) or _DOT_SERVER.search(inside):
        return Standing(SERVER, False, f"{framework} runs it on the server")
    if _DOT_CLIENT.search(inside) or (client is not None and client.search(inside)):
        return Standing(CLIENT, True, f"{framework} puts it into the browser bundle")
    return None


def _next(inside: str) -> Standing | None:
    if _NEXT_SERVER.search(inside):
        return Standing(SERVER, False, "a route handler, an API route or middleware of Next.js")
    if _PAGES.match(inside) and inside.endswith((".tsx", ".jsx", ".js", ".ts")):
        return Standing(CLIENT, True, "a page of Next.js's pages router is part of the browser bundle", split=True)
    if _APP_SPECIAL.match(inside):
        return Standing(SERVER, False, "a server component of Next.js's app router")
    if re.match(r"(src/)?instrumentation-client\.", inside):
        return Standing(CLIENT, True, "Next.js's client instrumentation")
    return None


def _remix(inside: str, text: str) -> Standing | None:
    if _DOT_SERVER.search(inside) or re.match(r"(app|src)/entry\.server\.|server\.[jt]s$|app/routes\.ts$", inside):
        return Standing(SERVER, False, "a server module of Remix or React Router")
    if _DOT_CLIENT.search(inside) or re.match(r"(app|src)/entry\.client\.", inside):
        return Standing(CLIENT, True, "a client module of Remix or React Router")
    if _REMIX_ROUTE.match(inside):
        if re.search(
            r"\bexport\s+default\b|\bas\s+default\b|\bexport\b[^\n]*\b(clientLoader|clientAction|ErrorBoundary)\b", text
        ):
            return Standing(CLIENT, True, "a route module ships, without its loader and action", split=True)
        return Standing(SERVER, False, "a resource route, without a component, runs on the server")
    return None


def _words(text: str) -> bool | None:
    """Which platform's interfaces a text uses; None where it uses both or neither."""
    # Most texts lack the plain words: a look for those costs a hundredth of the alternatives.
    client = any(w in text for w in _CLIENT_PLAIN) and _CLIENT_WORDS.search(text) is not None
    server = _SERVER_IMPORT.search(text) is not None or (
        any(w in text for w in _SERVER_PLAIN) and _SERVER_WORDS.search(text) is not None
    )
    return None if client == server else client
