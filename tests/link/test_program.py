"""Who calls whom, what arguments are, where a position stands; and that nothing makes linking fail or hang."""

from __future__ import annotations

import pytest
from hypothesis import given, settings, strategies

from auditor.link.calls import find_calls
from auditor.link.program import FunctionInfo, Program
from auditor.link.settings import settings as in_force
from auditor.link.values import Known, alternatives
from auditor.model.location import Span
from auditor.program_files import ProgramFiles
from auditor.source.memory import MemoryTree
from tests.link.programs import catalog, program


def function(made: Program, name: str) -> FunctionInfo:
    return next(f for f in made.functions() if f.id.endswith(f"::{name}"))


def callers(made: Program, name: str) -> list[tuple[str, int, str, str]]:
    return [(c.path, c.call.at.line, c.kind, c.certainty) for c in made.callers(function(made, name))]


CALLERS = {
    "plain": ({"a.py": "def f(): ...\nf()\n"}, "f", [("a.py", 2, "call", "sure")]),
    "other file under an alias": (
        {"a.py": "def f(): ...\n", "b.py": "from a import f as g\ng()\n"},
        "f",
        [("b.py", 2, "call", "sure")],
    ),
    "method through an instance": (
        {"a.py": "class A:\n    def f(self): ...\n", "b.py": "from a import A\nA().f()\n"},
        "A.f",
        [("b.py", 2, "call", "sure")],
    ),
    "method through an annotation": (
        {"a.py": "class A:\n    def f(self): ...\ndef g(a: A):\n    a.f()\n"},
        "A.f",
        [("a.py", 4, "call", "sure")],
    ),
    "method by its name only": (
        {"a.py": "class A:\n    def summarise(self): ...\ndef g(a):\n    a.summarise()\n"},
        "A.summarise",
        [("a.py", 4, "call", "likely")],
    ),
    "override": (
        {"a.py": "class B:\n    def f(self): ...\nclass A(B):\n    def f(self): ...\ndef g(b: B):\n    b.f()\n"},
        "A.f",
        [("a.py", 6, "call", "sure")],
    ),
    "super": (
        {"a.py": "class B:\n    def f(self): ...\nclass A(B):\n    def f(self):\n        super().f()\n"},
        "B.f",
        [("a.py", 5, "call", "sure")],
    ),
    "constructor": (
        {"a.py": "class A:\n    def __init__(self): ...\nA()\n"},
        "A.__init__",
        [("a.py", 3, "call", "sure")],
    ),
    "callable object": (
        {"a.py": "class A:\n    def __call__(self): ...\nrun = A()\nrun()\n"},
        "A.__call__",
        [("a.py", 4, "call", "sure")],
    ),
    "what a framework runs when its object is called": (
        {"a.py": "import dspy\nclass A(dspy.Module):\n    def forward(self): ...\nrun = A()\nrun()\nrun.forward()\n"},
        "A.forward",
        [("a.py", 5, "call", "sure"), ("a.py", 6, "call", "sure")],
    ),
    "what a framework runs when its object is asked": (
        {
            "a.py": "from langchain_core.language_models import LLM\nclass A(LLM):\n    def _call(self, q): ...\nA().invoke(1)\n"
        },
        "A._call",
        [("a.py", 4, "call", "sure")],
    ),
    "callback": ({"a.py": "def f(): ...\nimport x\nx.go(f)\n"}, "f", [("a.py", 3, "reference", "sure")]),
    "decorator": (
        {"a.py": "import web\napp = web.App()\n@app.get('/')\ndef f(): ...\n"},
        "f",
        [("a.py", 3, "reference", "sure")],
    ),
    "deferred task": (
        {"a.py": "@task\ndef f(x): ...\nf.delay(1)\n"},
        "f",
        [("a.py", 1, "reference", "sure"), ("a.py", 3, "call", "sure")],
    ),
    "property": (
        {"a.py": "class A:\n    @property\n    def f(self): ...\nA().f\n"},
        "A.f",
        [("a.py", 4, "reference", "sure")],
    ),
    "arrow in map": ({"a.ts": "items.map((x) => x);\n"}, "<lambda:1:10>", [("a.ts", 1, "reference", "sure")]),
    "default export": (
        {"a.ts": "export default function f() {}\n", "b.ts": 'import g from "./a";\ng();\n'},
        "f",
        [("b.ts", 2, "call", "sure")],
    ),
    "method of an exported object": (
        {"a.ts": "export const api = { f() {} };\n", "b.ts": 'import { api } from "./a";\napi.f();\n'},
        "f",
        [("b.ts", 2, "call", "sure")],
    ),
    "another function of that name": ({"a.py": "def f(): ...\n", "b.py": "def f(): ...\nf()\n"}, "f", []),
}


@pytest.mark.parametrize(("files", "name", "expected"), CALLERS.values(), ids=CALLERS.keys())
def test_callers(files: dict[str, str], name: str, expected: list[tuple[str, int, str, str]]) -> None:
    made = program(files)
    first = next(f for f in made.functions() if f.id.endswith(f"::{name}"))
    assert [(c.path, c.call.at.line, c.kind, c.certainty) for c in made.callers(first)] == expected


def test_what_is_plainly_a_function_elsewhere_is_not_read() -> None:
    """Through barrels too: what a file's text tells need not be parsed for every call in the tree."""
    tree = MemoryTree(
        {
            "a.ts": 'import { tidy, Wrong, model } from "./lib";\nimport OpenAI from "openai";\nconst client = new OpenAI();\n'
            "export async function ask(text: string) {\n  if (!text) throw new Wrong(text);\n  model(tidy(text));\n"
            '  return client.chat.completions.create({ model: "m", messages: [] });\n}\n',
            "lib/index.ts": 'export * from "./text";\nexport { Failure as Wrong } from "./errors";\nexport * from "./models";\n',
            "lib/text.ts": "export function tidy(text: string) { return text.trim(); }\n",
            "lib/errors.ts": "export class Failure extends Error {}\n",
            "lib/models.ts": "export const model = pick();\n",
        }
    )
    made = Program(catalog(), ProgramFiles(tree, tree.entries()))
    made.load(["a.ts"])
    assert [r.at.line for r in find_calls(made)] == [7]
    assert set(made.modules) == {"a.ts", "lib/index.ts", "lib/models.ts"}


def test_barrels_may_lead_anywhere() -> None:
    """A chain of thousands, and back: no end of the interpreter's stack, no end of time."""
    files = {f"b{i}.ts": f'export * from "./b{i + 1}";\nexport * from "./b{i * 7 % 2500}";\n' for i in range(2500)}
    files["a.ts"] = 'import OpenAI from "openai";\nimport { f } from "./b0";\nconst c = new OpenAI();\nf("x");\n'
    files["a.ts"] += 'c.chat.completions.create({ model: "m", messages: [] });\n'
    tree = MemoryTree(files)
    made = Program(catalog(), ProgramFiles(tree, tree.entries()))
    made.load(["a.ts"])
    assert [r.at.line for r in find_calls(made)] == [5]


def test_callees_of_external_code_are_the_functions_handed_to_it() -> None:
    made = program({"a.py": "import x\ndef f(): ...\nx.submit(f)\nprint(1)\n"})
    body = made.modules["a.py"].body
    assert [[f.name for f in made.callees(s)] for s in made.sites(body)] == [["f"], []]


def test_argument_values_name_each_caller_and_the_default() -> None:
    made = program({"a.py": "def f(a, b=2): ...\nf(1)\nf(3, b=4)\n"})
    f = function(made, "f")
    assert [v for v, _ in made.argument_values(f, "a")] == [Known(1), Known(3)]
    assert [v for v, _ in made.argument_values(f, "b")] == [Known(2), Known(4)]


def test_calls_of_one_helper_are_told_apart() -> None:
    code = "def pick(key, default):\n    return {'a': 1}.get(key, default)\nx = pick('a', 0)\ny = pick('b', 5)\n"
    made = program({"a.py": code})
    body = made.modules["a.py"].body
    one, two = made.sites(body)
    assert Known(1) in alternatives(made.evaluate(one.call, body))
    assert alternatives(made.evaluate(two.call, body)) == (Known(5),)


def test_enclosing_is_the_innermost_function() -> None:
    made = program({"a.py": "def f():\n    def g():\n        x()\n    y()\n"})
    names = [made.enclosing(Span("a.py", line, column)) for line, column in ((3, 8), (4, 4))]
    assert [n.name for n in names if n] == ["g", "f"]


def test_symbol_spells_attributes_after_their_maker() -> None:
    made = program({"a.py": "from fastapi import FastAPI\napp = FastAPI()\napp.get('/')\n"})
    body = made.modules["a.py"].body
    assert [made.symbol(s.call.func, body) for s in made.sites(body)] == ["fastapi.FastAPI", "fastapi.FastAPI().get"]


CYCLES = {
    "modules that import each other": {"a.py": "from b import x\ny = x\nx.f()\n", "b.py": "from a import y\nx = y\n"},
    "functions that return each other": {
        "a.py": "def f(x):\n    return g(x)\ndef g(x):\n    return f(x)\nf(1).create()\n"
    },
    "a class that is its own base": {"a.py": "class A(A):\n    def f(self):\n        return self.f().create()\n"},
    "classes that are each other's bases": {"a.py": "class A(B): ...\nclass B(A): ...\nA().create()\n"},
    "a value of itself": {"a.py": "x = x\nx = {'a': x}\nx.create()\nx['a']['a'].create(**x)\n"},
    "a parameter that is passed on": {"a.py": "def f(x, n):\n    x.create()\n    return f(x, f(n, x))\n"},
    "a barrel of itself": {"a.ts": 'export * from "./a";\nimport { q } from "./a";\nq.create();\n'},
}


@pytest.mark.parametrize("files", CYCLES.values(), ids=CYCLES.keys())
@pytest.mark.usefixtures("ends")
def test_cycles_end(files: dict[str, str]) -> None:
    made = program(files)
    for f in list(made.functions()):
        made.callers(f)
        for site in made.sites(f):
            made.callees(site)
    assert find_calls(made) == ()


@pytest.mark.usefixtures("ends")
def test_wide_and_deep_programs_end() -> None:
    fan = "".join(
        f"def f{i}(x):\n    return [f{j}(x) for j in (1, 2)] or f{(i * 7 + 1) % 60}(f{(i * 5 + 3) % 60}(x))\n"
        for i in range(60)
        for j in (i,)
    )
    deep = "x = " + "(" * 60 + "1" + ")" * 60 + "\ny = " + " + ".join(["x"] * 400) + "\n"
    chain = "z0 = {'k': 1}\n" + "".join(f"z{i} = {{**z{i - 1}, **z{i - 1}, 'k{i}': z{i - 1}}}\n" for i in range(1, 40))
    made = program({"a.py": fan + deep + chain + "f1(z39).create(**z39)\n"})
    find_calls(made)
    for f in made.functions():
        made.callers(f)
    assert len(list(made.functions())) > 60


PIECES = strategies.sampled_from(
    ["from openai import OpenAI\n", "client = OpenAI()\n", "client = client or x\n", "def f(client, **k):\n", "class A(B, metaclass=C):\n",
     "    return client.chat.completions.create(**k)\n", "    self.client = client\n", "    yield client\n", "x = f(client)(1)[0].a\n",
     "with f() as client, g() as (a, *b):\n", "for client in [client, *x]:\n", "    client.chat.completions.create(model='m')\n", "x['a']['b'] = client\n",
     "try:\n", "    pass\n", "except E as client:\n", "client.chat.completions.create(**{**x, 'max_tokens': x})\n", "lambda client=client: client()\n",
     "global client\n", "import a.b as client\n", "from . import *\n", "del client\n", "match client:\n", "    case A(b=client):\n", "        pass\n"]
)  # fmt: skip


@settings(max_examples=120, deadline=None)
@given(strategies.lists(PIECES, max_size=14))
def test_linking_is_total(pieces: list[str]) -> None:
    made = program({"a.py": "".join(pieces), "b.py": "from a import *\nf(client)\n"})
    for row in find_calls(made):
        in_force(made, row)
    for f in list(made.functions()):
        made.callers(f)
