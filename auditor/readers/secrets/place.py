"""Where a value stands: which file it is in, which name holds it, and what a neighbour says it is. Knows no vendor."""

from __future__ import annotations

import re
from functools import lru_cache

from auditor.lazily import dataclass, regex
from auditor.model.facts import Role
from auditor.readers.secrets.text import word_set
from auditor.source.tree import Entry

__all__ = ["FilePlace", "is_plain", "nearest_name", "place_of"]

_ENV_FILE = regex(r"(?:^|[.\-_])env(?:$|[.\-_ ])|\.env$|^\.envrc$|^\.flaskenv$|^\.dev\.vars", re.IGNORECASE)
_FOR_TESTS = regex(r"^\.?env\.(?:test|testing|ci|e2e)\b", re.IGNORECASE)
_TEMPLATE = regex(r"example|sample|template|dist|default|\.tpl|tmpl", re.IGNORECASE)
_CI_FILE = regex(
    r"^\.github/(?:workflows|actions)/|^\.gitlab-ci|^\.circleci/|azure-pipelines|^\.travis\.yml$|^\.drone\.yml$|"
    r"bitbucket-pipelines|(?:^|/)Jenkinsfile|^\.buildkite/|cloudbuild\.ya?ml$|buildspec\.ya?ml$|^\.woodpecker|"
    r"^\.gitlab/|^\.forgejo/|^\.gitea/|appveyor\.yml$"
)
_DOCKER = regex(r"(?:^|[./_-])(?:dockerfile|containerfile)|(?:^|/)(?:docker-)?compose[^/]*\.ya?ml$", re.IGNORECASE)
_BUILT = regex(
    r"(?:^|/)(?:dist|build|out|\.next|\.nuxt|\.output|\.svelte-kit|\.vercel/output|_next|www|bundle|bundles)/.*"
    r"\.(?:m?js|css|html|map|json|txt|wasm)$|\.min\.m?js$|\.bundle\.js$|\.chunk\.js$|\.m?js\.map$|"
    r"(?:^|/)(?:assets|static)/(?:index|main|app|vendor)[-.][A-Za-z0-9_-]{6,}\.m?js$"
)
_SHIPPED = regex(
    r"\.(?:swift|dart|xcconfig)$|(?:^|/)Info\.plist$|(?:^|/)res/values[^/]*/[^/]+\.xml$|GoogleService-Info\.plist$|"
    r"AndroidManifest\.xml$|(?:^|/)(?:public|static|www)/.*\.(?:m?js|json|html)$|\.html?$"
)
_PROGRAMS = word_set(
    "python javascript typescript vue svelte astro html kotlin java swift dart go rust csharp php ruby scala cpp c "
    "objective-c elixir lua r perl clojure shell python-history"
)
_CONFIG = word_set("yaml json toml hcl ini xml groovy makefile procfile lock")


@dataclass(frozen=True, slots=True)
class FilePlace:
    """What the file is, as far as keys care. `kind` is the inventory's word for a key that stands here."""

    kind: str  # env-file | ci-file | docker | notebook | hardcoded | other
    program: bool
    config: bool
    template: bool
    built: bool
    shipped: bool
    stands_in: bool  # a placeholder here is an inventory row: it says where a key is expected


def place_of(entry: Entry) -> FilePlace:
    """The place that a file is, from its path, language and role."""
    name = entry.path.rpartition("/")[2]
    program = entry.language in _PROGRAMS
    if entry.language == "notebook" or name.endswith(".ipynb"):
        kind = "notebook"
    elif _CI_FILE.search(entry.path):
        kind = "ci-file"
    elif _DOCKER.search(entry.path):
        kind = "docker"
    elif not program and (_ENV_FILE.search(name) or entry.language == "dotenv"):
        kind = "env-file"
    else:
        kind = "hardcoded" if program else "other"
    template = bool(_TEMPLATE.search(name))
    documentation = (
        entry.role in {Role.TEST, Role.DOCS} or entry.language == "markdown" or bool(_FOR_TESTS.search(name))
    )
    stands_in = not documentation and (kind == "env-file" or entry.role is Role.APP)
    return FilePlace(
        kind, program, entry.language in _CONFIG or kind == "docker", template,
        built=entry.generated or bool(_BUILT.search(entry.path)), shipped=bool(_SHIPPED.search(entry.path)),
        stands_in=stands_in and not entry.vendored,
    )  # fmt: skip


_TELLING_FOLDER = regex(
    r"(?i)(?:^|/)(?:dist|build|out|_next|www|bundles?|assets|static|public|res|jenkinsfile)(?:/|$)|(?:^|/)\.|"
    r"pipelines|appveyor|dockerfile|containerfile|compose|cloudbuild|buildspec"
)


@lru_cache(maxsize=8192)
def is_plain(folder: str) -> bool:
    """Whether the folder leaves what a file in it is to the file's own name."""
    return _TELLING_FOLDER.search(folder) is None


_IDENTIFIER = regex(r"[A-Za-z_][A-Za-z0-9_.\-]*")
# What may stand between a name and its value: types, accessors, authentication schemes, escapes.
_NOISE = word_set(
    "string str value val const let var final static text default bearer basic f b r u n t quot amp literal field "
    "char defaultvalue default_value data raw content hidden input type get set new literal_string is as nstring "
    "nsstring setenv getenv os.getenv os.environ.get os.environ.setdefault process.env arg env export add "
    "secret_value public private readonly define a an the of to and or was for https http com v"
)


def nearest_name(before: str) -> tuple[str, str]:
    """The identifier that most likely names the value after `before`, and the text between the two.

    Looks at the same line first, then at the line above (`name: X` / `value: ...`).
    """
    lines = before.rsplit("\n", 2)
    current = lines[-1]
    for line, rest in ((current, ""), (lines[-2] if len(lines) > 1 else "", current)):
        found = [m for m in _IDENTIFIER.finditer(line[-200:]) if m.group().lower().strip(".-") not in _NOISE]
        if found:
            last = found[-1]
            return last.group().strip(".-"), line[-200:][last.end() :] + rest
    return "", current
