"""Which files matter and what each is for: language, role, generated, vendored. Decides by path alone; reads nothing."""

from __future__ import annotations

import re
from functools import lru_cache

from auditor.lazily import byte_regex, regex
from auditor.model.facts import Role

MAX_FILE_BYTES = 50_000_000
"""Files above this are listed as unread: no reader takes them."""

MAX_PROGRAM_BYTES = 3_000_000
"""Program files above this are generated in practice; they are searched for keys and not parsed."""

_SUFFIX_LANGUAGE = {
    "py": "python", "pyi": "python", "pyw": "python", "ipynb": "notebook",
    "js": "javascript", "jsx": "javascript", "mjs": "javascript", "cjs": "javascript",
    "ts": "typescript", "tsx": "typescript", "mts": "typescript", "cts": "typescript",
    "vue": "vue", "svelte": "svelte", "astro": "astro", "html": "html", "htm": "html",
    "kt": "kotlin", "kts": "kotlin", "java": "java", "swift": "swift", "dart": "dart", "go": "go", "rs": "rust",
    "cs": "csharp", "php": "php", "rb": "ruby", "scala": "scala", "cpp": "cpp", "cc": "cpp", "c": "c", "h": "c",
    "m": "objective-c", "ex": "elixir", "exs": "elixir", "lua": "lua", "r": "r", "pl": "perl", "clj": "clojure",
    "yaml": "yaml", "yml": "yaml", "json": "json", "jsonc": "json", "json5": "json", "webmanifest": "json",
    "toml": "toml", "tf": "hcl", "tfvars": "hcl", "hcl": "hcl",
    "ini": "ini", "cfg": "ini", "conf": "ini", "properties": "ini", "service": "ini", "timer": "ini",
    "env": "dotenv", "sh": "shell", "bash": "shell", "zsh": "shell", "ps1": "shell", "bat": "shell", "fish": "shell",
    "sql": "sql", "md": "markdown", "mdx": "markdown", "rst": "markdown", "txt": "text", "log": "text",
    "xml": "xml", "plist": "xml", "xcconfig": "ini", "gradle": "groovy", "csv": "text", "tsv": "text", "http": "text",
    "rest": "text", "map": "json", "css": "css", "scss": "css", "less": "css", "lock": "lock", "cron": "crontab",
    "tpl": "yaml", "dockerfile": "dockerfile", "mk": "makefile", "pem": "text", "key": "text", "npmrc": "ini",
}  # fmt: skip

_NAME_LANGUAGE = {
    "dockerfile": "dockerfile", "containerfile": "dockerfile", "makefile": "makefile", "gnumakefile": "makefile",
    "justfile": "makefile", "procfile": "procfile", "crontab": "crontab", "jenkinsfile": "groovy", "pipfile": "toml",
    "cargo.lock": "lock", "poetry.lock": "lock", "uv.lock": "lock", "yarn.lock": "lock", "package-lock.json": "lock",
    "pnpm-lock.yaml": "lock", "bun.lock": "lock", "composer.lock": "lock", "gemfile.lock": "lock",
    "pipfile.lock": "lock", "go.sum": "lock", "npm-shrinkwrap.json": "lock", "pdm.lock": "lock",
    ".env": "dotenv", ".envrc": "dotenv", ".flaskenv": "dotenv", ".npmrc": "ini", ".bash_history": "shell",
    ".zsh_history": "shell", ".python_history": "python-history", "gemfile": "ruby", "rakefile": "ruby",
    ".bashrc": "shell", ".zshrc": "shell", ".profile": "shell",
}  # fmt: skip

PROGRAM_LANGUAGES = frozenset({"python", "notebook", "javascript", "typescript", "vue", "svelte", "astro", "html"})
"""Languages that lower to the common syntax."""

LEXICAL_LANGUAGES = frozenset({"kotlin", "java", "swift", "dart", "go", "rust", "csharp", "php", "ruby"})
"""Languages that get the lexical reader."""

UNASSESSED_LANGUAGES = frozenset({"scala", "cpp", "objective-c", "elixir", "lua", "r", "perl", "clojure"})
"""Program languages that no reader covers: reported as not assessed."""

_BINARY_SUFFIXES = frozenset(
    [
        "png",
        "jpg",
        "jpeg",
        "gif",
        "bmp",
        "ico",
        "webp",
        "avif",
        "tiff",
        "psd",
        "ai",
        "eps",
        "heic",
        "mp3",
        "mp4",
        "m4a",
        "wav",
        "ogg",
        "webm",
        "mov",
        "avi",
        "mkv",
        "flac",
        "zip",
        "gz",
        "tgz",
        "bz2",
        "xz",
        "7z",
        "rar",
        "jar",
        "war",
        "whl",
        "egg",
        "so",
        "dylib",
        "dll",
        "exe",
        "bin",
        "o",
        "a",
        "lib",
        "class",
        "pyc",
        "pyo",
        "pyd",
        "wasm",
        "ttf",
        "otf",
        "woff",
        "woff2",
        "eot",
        "pdf",
        "doc",
        "docx",
        "xls",
        "xlsx",
        "ppt",
        "pptx",
        "odt",
        "sqlite",
        "sqlite3",
        "db",
        "mdb",
        "parquet",
        "feather",
        "arrow",
        "npy",
        "npz",
        "pkl",
        "pickle",
        "h5",
        "hdf5",
        "pt",
        "pth",
        "onnx",
        "safetensors",
        "gguf",
        "tflite",
        "pb",
        "model",
        "ckpt",
        "dat",
        "iso",
        "dmg",
        "apk",
        "aab",
        "ipa",
        "deb",
        "rpm",
        "keystore",
        "jks",
        "p12",
        "pfx",
        "der",
        "swf",
        "blend",
        "fbx",
        "glb",
        "gltf",
        "obj",
        "stl",
    ]
)

SKIPPED_FOLDERS = frozenset(
    [
        ".git",
        ".hg",
        ".svn",
        "node_modules",
        "bower_components",
        "jspm_packages",
        "__pycache__",
        ".venv",
        "venv",
        ".tox",
        ".nox",
        ".mypy_cache",
        ".ruff_cache",
        ".pytest_cache",
        ".hypothesis",
        ".gradle",
        ".idea",
        ".terraform",
        ".serverless",
        ".parcel-cache",
        ".turbo",
        ".cache",
        "site-packages",
        ".eggs",
        "Pods",
        "DerivedData",
        ".dart_tool",
    ]
)
"""Folders that hold no code of the repository: never entered on a walk outside git."""

_VENDORED = frozenset(
    [
        "node_modules",
        "bower_components",
        "vendor",
        "vendors",
        "third_party",
        "third-party",
        "thirdparty",
        "site-packages",
    ]
)
_GENERATED = frozenset(
    [
        ".next",
        ".nuxt",
        ".output",
        ".svelte-kit",
        ".vercel",
        ".netlify",
        "dist",
        "__generated__",
        ".docusaurus",
        "storybook-static",
    ]
)
_TESTS = frozenset(
    [
        "test",
        "tests",
        "testing",
        "__tests__",
        "__test__",
        "spec",
        "specs",
        "e2e",
        "e2e_tests",
        "e2e-tests",
        "__mocks__",
        "mocks",
        "__fixtures__",
        "fixtures",
        "testdata",
        "test-data",
        "test_data",
        "test-fixtures",
        "test_fixtures",
        "cypress",
        "playwright",
        "androidtest",
        "unittests",
        "unit_tests",
        "integration_tests",
        "integration-tests",
    ]
)
_EXAMPLES = frozenset(
    [
        "example",
        "examples",
        "sample",
        "samples",
        "demos",
        "cookbook",
        "cookbooks",
        "tutorial",
        "tutorials",
        "playground",
        "playgrounds",
        "quickstart",
        "quickstarts",
        "snippets",
        "eval",
        "evals",
        "benchmark",
        "benchmarks",
    ]
)
_DOMAINS = frozenset(["com", "org", "net", "io", "dev", "app", "de", "me"])
_DOCS = frozenset(["doc", "docs", "documentation", "website_docs", "wiki"])
_TEST_NAME = regex(
    r"(^test_.*|.*_tests?|^conftest|^tests?|.*[._-](test|tests|spec|e2e|stories|story|cy)(-d)?|.*Tests?)\.[A-Za-z]+$"
)
# A script to try something by hand; elsewhere `test-generator.ts` may well be the app.
_TEST_SCRIPT = regex(r"^(?:(?:.*/)?scripts?/(?:.*/)?)?test-[^/]*\.[cm]?[jt]sx?$")
_DOC_NAME = regex(r"^(readme|changelog|contributing|license|licence|history|authors|code_of_conduct|security)\b", re.I)


@lru_cache(maxsize=4096)
def _folder_role(folder: str) -> Role:
    role = Role.APP
    above = ""
    for part in folder.lower().split("/"):
        if part in _TESTS:
            return Role.TEST
        if part in _EXAMPLES and not (part == "example" and above in _DOMAINS):  # the package `com.example.app`
            role = Role.EXAMPLE
        elif part in _DOCS and role is Role.APP:
            role = Role.DOCS
        above = part
    return role


_ENV_NAME = regex(r"^(env\.(example|sample|template|local|dist)|example\.env|sample\.env|.*\.env\.[a-z]+)$")


def language_of(path: str) -> str:
    """The language or format of a file by its name; "" where the name does not tell, "binary" for known binary formats."""
    name = path.rpartition("/")[2].lower()
    if name in _NAME_LANGUAGE:
        return _NAME_LANGUAGE[name]
    if name.startswith(".env") or name.endswith((".env", ".env.example", ".env.sample", ".env.template", ".env.local")):
        return "dotenv"
    if "env" in name and _ENV_NAME.match(name):
        return "dotenv"
    if name.startswith("dockerfile.") or name.endswith(".dockerfile") or name.startswith("containerfile."):
        return "dockerfile"
    suffix = name.rpartition(".")[2] if "." in name else ""
    if suffix in _BINARY_SUFFIXES:
        return "binary"
    language = _SUFFIX_LANGUAGE.get(suffix, "")
    if not language and "cron.d/" in path:
        return "crontab"
    return language


def role_of(path: str, language: str) -> Role:
    """What a file is for, by its place and name: application, test, example or documentation."""
    folder, _, name = path.rpartition("/")
    role = _folder_role(folder) if folder else Role.APP
    if role is Role.TEST:
        return role
    if language not in {"dotenv", "yaml", "json"} and (_TEST_NAME.match(name) or _TEST_SCRIPT.match(path)):
        return Role.TEST
    if role is Role.APP and (language == "markdown" or _DOC_NAME.match(name)):
        return Role.DOCS
    if role is Role.DOCS and language in PROGRAM_LANGUAGES and language != "html":
        # A documentation site is code that builds pages, an app of its own; what stands beside prose is an example.
        return Role.EXAMPLE
    return role


@lru_cache(maxsize=4096)
def _folders(folder: str) -> frozenset[str]:
    return frozenset(folder.lower().split("/"))


def is_vendored(path: str) -> bool:
    """Whether the path lies in a copy of somebody else's code."""
    return not _VENDORED.isdisjoint(_folders(path.rpartition("/")[0]))


def is_generated(path: str, language: str) -> bool:
    """Whether the path is that of built or minified output."""
    folder, _, name = path.rpartition("/")
    name = name.lower()
    if name.endswith((".min.js", ".min.css", ".map", ".bundle.js", ".chunk.js", "_pb2.py", "_pb2_grpc.py", ".d.ts")):
        return True
    folders = _folders(folder)
    if not _GENERATED.isdisjoint(folders):
        return True
    # `build/` is a folder of scripts as often as one of output: only web output counts.
    return "build" in folders and language in {"javascript", "css", "html", "json"} and "static" in folders


_BANNER = byte_regex(rb"\s*(?:/\*!|/\*\*?\s*\n?[\s*]*@(?:license|preserve)\b)", re.IGNORECASE)
_GENERATED_MARK = byte_regex(rb"@generated\b|DO NOT EDIT|automatically generated by|auto-generated by", re.IGNORECASE)
_LONG_LINE = 400
_LIBRARY_BYTES = 20_000


def looks_built(data: bytes, language: str) -> bool:
    """Whether web code is a library's distributed file or minified, told by its content: searched for keys, not parsed.

    A licence banner that minifiers keep (`/*!`) on a large file is a library's; minified code has few, long lines.
    """
    if language not in {"javascript", "typescript"} or len(data) < 4000:
        return bool(language in {"javascript", "typescript"} and _GENERATED_MARK.search(data[:300]))
    if _GENERATED_MARK.search(data[:600]):
        return True
    if len(data) > _LIBRARY_BYTES and _BANNER.match(data[:400]):
        return True
    return len(data) / (data.count(b"\n") + 1) > _LONG_LINE


def looks_binary(data: bytes) -> bool:
    """Whether the bytes are no text: a NUL byte early on without a UTF-16 or UTF-32 mark."""
    head = data[:8192]
    return b"\0" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff"))


def decode(data: bytes) -> str:
    """Text of a file: UTF-8 or what its byte-order mark says; bytes that do not fit become replacement characters."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    if data.startswith(b"\xef\xbb\xbf"):
        return data[3:].decode("utf-8", "replace")
    return data.decode("utf-8", "replace")
