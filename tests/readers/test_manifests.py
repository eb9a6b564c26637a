"""Manifests and lock files: what is declared, what is pinned, and on which line."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.model.facts import Dependency
from auditor.model.location import Span
from auditor.readers.manifests import is_manifest, read_manifest, versions

CASES: list[tuple[str, str, list[tuple[str, str, str, str, int]]]] = [
    (
        "requirements.txt",
        "# c\nOpenAI[aiohttp]==1.2.3 ; python_version > '3'  # x\n-r other.txt\nlang_chain>=0.1,<1 \\\n"
        "    --hash=sha256:x\ngit+https://x/y.git#egg=foo\nbar @ https://x/bar.whl\nhttps://x/y.whl\n./local\n",
        [
            ("pypi", "openai", "==1.2.3", "1.2.3", 2),
            ("pypi", "lang-chain", ">=0.1,<1", "", 4),
            ("pypi", "foo", "", "", 6),
            ("pypi", "bar", "", "", 7),
        ],
    ),
    ("requirements/base.txt", "openai\n", [("pypi", "openai", "", "", 1)]),
    (
        "pyproject.toml",
        '[project]\ndependencies = [\n "openai>=1", # c\n]\n[project.optional-dependencies]\nx = ["a~=2.1"]\n'
        '[dependency-groups]\ndev = ["b", {include-group = "x"}]\n[tool.poetry.dependencies]\npython = "^3.11"\n'
        'c = "^1.2"\nd = {version = "*", optional = true}\n[tool.poetry.group.dev.dependencies]\ne = "1.0"\n'
        '[tool.uv]\ndev-dependencies = ["f"]\n',
        [
            ("pypi", "openai", ">=1", "", 3),
            ("pypi", "a", "~=2.1", "", 6),
            ("pypi", "b", "", "", 8),
            ("pypi", "c", "^1.2", "", 11),
            ("pypi", "d", "", "", 12),
            ("pypi", "e", "1.0", "", 14),
            ("pypi", "f", "", "", 16),
        ],
    ),
    (
        "uv.lock",
        'version = 1\n\n[[package]]\nname = "openai"\nversion = "1.97.1"\nsource = { registry = "x" }\n',
        [("pypi", "openai", "", "1.97.1", 4)],
    ),
    ("poetry.lock", '[[package]]\nname = "A_b"\nversion = "2"\n', [("pypi", "a-b", "", "2", 2)]),
    (
        "Pipfile",
        '[packages]\nopenai = "*"\n[dev-packages]\nx = {version = ">=1"}\n',
        [("pypi", "openai", "", "", 2), ("pypi", "x", ">=1", "", 4)],
    ),
    ("Pipfile.lock", '{\n "default": {\n  "openai": {\n   "version": "==1.5"}}}', [("pypi", "openai", "", "1.5", 3)]),
    (
        "setup.cfg",
        "[metadata]\nname = x\n[options]\ninstall_requires =\n    openai>=1\n    # c\npackages = find:\n",
        [("pypi", "openai", ">=1", "", 5)],
    ),
    (
        "setup.py",
        "REQUIREMENTS = ['a==1']\nsetup(name='x', install_requires=[\n 'openai>=1'], extras_require={'d': ['b']})\n",
        [("pypi", "a", "==1", "1", 1), ("pypi", "openai", ">=1", "", 3), ("pypi", "b", "", "", 3)],
    ),
    (
        "environment.yml",
        "dependencies:\n  - python\n  - conda-forge::openai=1.3=py\n  - pip:\n    - litellm==1.2\n",
        [("pypi", "python", "", "", 2), ("pypi", "openai", "==1.3", "1.3", 3), ("pypi", "litellm", "==1.2", "1.2", 5)],
    ),
    (
        "web/package.json",
        '{\n "dependencies": {\n  "ai": "^5.0.1",\n  "o": "npm:openai@4.1"\n },\n "devDependencies": {"x": "workspace:*"}}',
        [("npm", "ai", "^5.0.1", "", 3), ("npm", "openai", "4.1", "", 4), ("npm", "x", "*", "", 6)],
    ),
    (
        "package-lock.json",
        '{"packages": {\n "": {"version": "1"},\n "node_modules/ai": {\n "version": "5.0.2"},\n'
        ' "node_modules/b/node_modules/ai": {\n "version": "3.0.0"}}}',
        [("npm", "ai", "", "5.0.2", 3)],
    ),
    ("package-lock.json", '{"dependencies": {\n "ai": {\n "version": "2.0"}}}', [("npm", "ai", "", "2.0", 2)]),
    (
        "yarn.lock",
        '# c\n\n"@ai-sdk/openai@^2.0.0", "@ai-sdk/openai@^2.0.1":\n  version "2.0.5"\n  resolved "x"\n\nai@^5:\n  version "5.1.0"\n',
        [
            ("npm", "@ai-sdk/openai", "^2.0.0", "2.0.5", 3),
            ("npm", "@ai-sdk/openai", "^2.0.1", "2.0.5", 3),
            ("npm", "ai", "^5", "5.1.0", 7),
        ],
    ),
    (
        "yarn.lock",
        '__metadata:\n  version: 8\n\n"ai@npm:^5":\n  version: 5.1.0\n\n"me@workspace:.":\n  version: 0.0.0-use.local\n',
        [("npm", "ai", "^5", "5.1.0", 4)],
    ),
    (
        "pnpm-lock.yaml",
        "importers:\n  .:\n    dependencies:\n      ai:\n        specifier: ^5\n        version: 5.0.1(zod@3)\n"
        "      me:\n        specifier: workspace:*\n        version: link:../me\npackages:\n  ai@5.0.1: {}\n",
        [("npm", "ai", "^5", "5.0.1", 4)],
    ),
    ("pnpm-lock.yaml", "specifiers:\n  ai: ^2\ndependencies:\n  ai: 2.1.0_zod@3\n", [("npm", "ai", "^2", "2.1.0", 4)]),
    ("bun.lock", '{\n "packages": {\n  "ai": ["ai@5.0.1", "", {}],\n', [("npm", "ai", "", "5.0.1", 3)]),
    (
        "deno.json",
        '{"imports": {"openai": "npm:openai@^4",\n "@x/y": "https://esm.sh/@x/y@1.2/z", "s": "jsr:@std/s"}}',
        [("npm", "openai", "^4", "", 1), ("npm", "@x/y", "1.2", "", 2)],
    ),
    (
        "Cargo.toml",
        '[dependencies]\nreqwest = { version = "0.12", features = [] }\no = {package = "async-openai", version = "1"}\n',
        [("crates", "reqwest", "0.12", "", 2), ("crates", "async-openai", "1", "", 3)],
    ),
    (
        "go.mod",
        "module x\nrequire github.com/a/b v1.2.3\nrequire (\n\tgithub.com/sashabaranov/go-openai v1.20.0 // indirect\n)\n",
        [("go", "github.com/a/b", "1.2.3", "", 2), ("go", "github.com/sashabaranov/go-openai", "1.20.0", "", 4)],
    ),
    (
        "app/build.gradle.kts",
        'dependencies {\n  implementation("com.google.ai:generativeai:0.9.0")\n  // implementation("x:y:1")\n'
        '  testImplementation(platform("a.b:c:1"))\n}',
        [("maven", "com.google.ai:generativeai", "0.9.0", "", 2), ("maven", "a.b:c", "1", "", 4)],
    ),
    (
        "gradle/libs.versions.toml",
        '[versions]\ng = "1.2"\n[libraries]\na = { module = "x:y", version.ref = "g" }\nb = "p:q:3"\n',
        [("maven", "x:y", "1.2", "", 4), ("maven", "p:q", "3", "", 5)],
    ),
    (
        "pom.xml",
        "<dependencies>\n<dependency>\n <groupId>dev.langchain4j</groupId>\n <artifactId>x</artifactId>\n <version>1.0</version>",
        [("maven", "dev.langchain4j:x", "1.0", "", 2)],
    ),
    (
        "pubspec.yaml",
        "dependencies:\n  flutter:\n    sdk: flutter\n  google_generative_ai: ^0.4.0\n",
        [("pub", "flutter", "", "", 2), ("pub", "google_generative_ai", "^0.4.0", "", 4)],
    ),
    (
        "Package.swift",
        'x = [\n  .package(url: "https://github.com/MacPaw/OpenAI.git", from: "0.2.0"),\n]',
        [("swift", "github.com/MacPaw/OpenAI", "0.2.0", "", 2)],
    ),
    (
        "A.csproj",
        '<ItemGroup>\n<PackageReference Include="OpenAI" Version="2.1.0" />',
        [("nuget", "OpenAI", "2.1.0", "", 2)],
    ),
    ("Gemfile", "gem 'ruby-openai', '~> 7'\n# gem 'x'\n", [("gem", "ruby-openai", "~> 7", "", 1)]),
    (
        "composer.json",
        '{"require": {"openai-php/client": "^0.10"}}',
        [("composer", "openai-php/client", "^0.10", "", 1)],
    ),
]


@pytest.mark.parametrize(("path", "text", "expected"), CASES, ids=[f"{i}-{c[0]}" for i, c in enumerate(CASES)])
def test_dependencies(path: str, text: str, expected: list[tuple[str, str, str, str, int]]) -> None:
    found, unread = read_manifest(path, text)
    assert [(d.ecosystem, d.name, d.requirement, d.locked, d.at.line) for d in found] == expected
    assert all(d.at.path == path for d in found)
    assert unread == ()


@pytest.mark.parametrize("path", ["README.txt", "app.py", "package.json.bak", "lock.yaml"])
def test_other_files_are_none(path: str) -> None:
    assert not is_manifest(path)
    assert read_manifest(path, "openai==1") == ((), ())


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([("ai", "^5.0.1", "")], "5.0.1"),
        ([("ai", "5.x", "")], "5.0"),
        ([("ai", ">=1.4", "")], "1.4"),
        ([("ai", ">=0.27", "")], None),
        ([("ai", ">=0.27,<1", "")], "0.27"),
        ([("ai", "<2", "")], None),
        ([("ai", "latest", "")], None),
        ([("ai", "^5.0.1", ""), ("ai", "", "5.2.0")], "5.2.0"),
        ([("ai", "^4", ""), ("ai", "^4", "4.3.1"), ("ai", "^3", "3.0.0")], "4.3.1"),
        ([("ai", "^4", ""), ("ai", "^5", "")], None),
        ([("ai", "5.10", ""), ("ai", "5.9", "")], "5.9"),
    ],
)
def test_versions(rows: list[tuple[str, str, str]], expected: str | None) -> None:
    found = versions(Dependency(Span("p", 1), "npm", *row) for row in rows)
    assert found == ({} if expected is None else {"npm:ai": expected})


PATHS = sorted({path for path, _, _ in CASES})


@given(st.sampled_from(CASES), st.integers(0, 300), st.text(max_size=20), st.sampled_from(PATHS))
@settings(max_examples=400, deadline=None)
def test_reading_is_total(case: tuple[str, str, object], cut: int, noise: str, path: str) -> None:
    read_manifest(case[0], case[1][:cut] + noise + case[1][cut + 5 :])
    read_manifest(path, case[1])
