"""The Python reader: each construct's shape, positions in characters, and totality."""

from __future__ import annotations

import ast
import warnings
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.model import syntax as s
from auditor.model.location import Span
from auditor.model.walk import walk
from auditor.readers.python import MAX_CHARACTERS, read_python
from auditor.readers.python_newer import older


def shape(node: Any) -> Any:
    """A short, readable form of a tree, without positions."""
    match node:
        case s.Const(_, value):
            return value
        case s.Name(_, id):
            return f"${id}"
        case tuple():
            return [shape(n) for n in node]
        case None | str() | bool() | int():
            return node
        case _:
            pass
    fields = {
        name: shape(value)
        for name in node.__dataclass_fields__
        if name != "at" and (value := getattr(node, name)) not in ((), "", None, False)
    }
    return (type(node).__name__, fields)


def body(source: str) -> tuple[s.Stmt, ...]:
    module, unread = read_python("m.py", source)
    assert unread == ()
    assert module is not None
    return module.body


def only(source: str) -> Any:
    (statement,) = body(source)
    return statement


def value(source: str) -> Any:
    return only(source).value


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("f'a{x}b'", ("Template", {"parts": ["a", "$x", "b"]})),
        ("f'{x:>{w}}'", ("Template", {"parts": [("Opaque", {"kind": "format", "parts": ["$x", "$w"]})]})),
        ("'a' 'b'", "ab"),
        ("-5", -5),
        ("-x", ("Unary", {"op": "-", "operand": "$x"})),
        ("not x", ("Unary", {"op": "not", "operand": "$x"})),
        ("a + b", ("Binary", {"op": "+", "left": "$a", "right": "$b"})),
        ("a not in b", ("Binary", {"op": "not in", "left": "$a", "right": "$b"})),
        ("a or b or c", ("BoolOp", {"op": "or", "values": ["$a", "$b", "$c"]})),
        ("a if t else b", ("Conditional", {"test": "$t", "then": "$a", "orelse": "$b"})),
        ("(y := f)", ("AssignExpr", {"target": "$y", "value": "$f"})),
        ("a.b", ("Attr", {"base": "$a", "name": "b"})),
        ("a['b']", ("Index", {"base": "$a", "key": "b"})),
        ("a[:5]", ("Index", {"base": "$a", "key": ("Opaque", {"kind": "slice", "parts": [None, 5, None]})})),
        ("a[5:]", ("Index", {"base": "$a", "key": ("Opaque", {"kind": "slice", "parts": [5, None, None]})})),
        ("(1, *b)", ("ListExpr", {"items": [1, ("Spread", {"value": "$b"})], "kind": "tuple"})),
        ("{1}", ("ListExpr", {"items": [1], "kind": "set"})),
        (
            "{'a': 1, **b}",
            ("DictExpr", {"entries": [("Entry", {"key": "a", "value": 1}), ("Entry", {"value": "$b"})]}),
        ),
        (
            "f(1, *a, k=2, **d)",
            (
                "Call",
                {
                    "func": "$f",
                    "args": [
                        ("Arg", {"value": 1}),
                        ("Arg", {"value": "$a", "spread": "list"}),
                        ("Arg", {"value": 2, "name": "k"}),
                        ("Arg", {"value": "$d", "spread": "dict"}),
                    ],
                },
            ),
        ),
        (
            "[x async for x in y if z]",
            (
                "Comprehension",
                {
                    "element": "$x",
                    "generators": [("Generator", {"target": "$x", "iterable": "$y", "conditions": ["$z"]})],
                    "kind": "list",
                },
            ),
        ),
        (
            "{k: v for k, v in d}",
            (
                "Comprehension",
                {
                    "element": ("DictExpr", {"entries": [("Entry", {"key": "$k", "value": "$v"})]}),
                    "generators": [
                        (
                            "Generator",
                            {"target": ("ListExpr", {"items": ["$k", "$v"], "kind": "tuple"}), "iterable": "$d"},
                        )
                    ],
                    "kind": "dict",
                },
            ),
        ),
        ("2j", ("Opaque", {"kind": "complex"})),
        ("...", ("Opaque", {"kind": "ellipsis"})),
    ],
)
def test_expressions(source: str, expected: Any) -> None:
    assert shape(value(source)) == expected


def test_chained_comparison_is_a_conjunction() -> None:
    chain = value("0 < n < 5")
    assert isinstance(chain, s.BoolOp)
    assert shape(chain)[1]["values"] == [
        ("Binary", {"op": "<", "left": 0, "right": "$n"}),
        ("Binary", {"op": "<", "left": "$n", "right": 5}),
    ]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import a.b", [("Import", {"module": "a.b"})]),
        ("import a.b as c", [("Import", {"module": "a.b", "names": [("ImportName", {"name": "*", "alias": "c"})]})]),
        ("import a, b", [("Import", {"module": "a"}), ("Import", {"module": "b"})]),
        (
            "from ..a import b as c, d",
            [
                (
                    "Import",
                    {
                        "module": "a",
                        "names": [
                            ("ImportName", {"name": "b", "alias": "c"}),
                            ("ImportName", {"name": "d", "alias": "d"}),
                        ],
                        "level": 2,
                    },
                )
            ],
        ),
        ("from . import x", [("Import", {"names": [("ImportName", {"name": "x", "alias": "x"})], "level": 1})]),
        ("from a import *", [("Import", {"module": "a", "names": [("ImportName", {"name": "*"})]})]),
        ("a = b = 1", [("Assign", {"targets": ["$a", "$b"], "value": 1})]),
        ("a += 1", [("Assign", {"targets": ["$a"], "value": 1, "op": "+"})]),
        ("a: int", [("Assign", {"targets": ["$a"], "annotation": "$int"})]),
        ("a: 'Client' = 1", [("Assign", {"targets": ["$a"], "value": 1, "annotation": "$Client"})]),
        ("global a, b", [("Scope", {"kind": "global", "names": ["a", "b"]})]),
        ("del a", [("Other", {"kind": "del", "parts": ["$a"]})]),
        ("assert a, b", [("Other", {"kind": "assert", "parts": ["$a", "$b"]})]),
        ("pass", [("Other", {"kind": "pass"})]),
        (
            "raise A from b()",
            [("Other", {"kind": "raise-from", "parts": [("Call", {"func": "$b"})]}), ("Raise", {"value": "$A"})],
        ),
        (
            "try:\n  a\nexcept (A, B) as e:\n  b\nexcept:\n  c\nelse:\n  d\nfinally:\n  e",
            [
                (
                    "Try",
                    {
                        "body": [("ExprStmt", {"value": "$a"})],
                        "handlers": [
                            (
                                "Handler",
                                {"types": ["$A", "$B"], "name": "$e", "body": [("ExprStmt", {"value": "$b"})]},
                            ),
                            ("Handler", {"body": [("ExprStmt", {"value": "$c"})]}),
                        ],
                        "orelse": [("ExprStmt", {"value": "$d"})],
                        "final": [("ExprStmt", {"value": "$e"})],
                    },
                )
            ],
        ),
        (
            "if a:\n  b\nelif c:\n  d\nelse:\n  e",
            [
                (
                    "If",
                    {
                        "test": "$a",
                        "body": [("ExprStmt", {"value": "$b"})],
                        "orelse": [
                            (
                                "If",
                                {
                                    "test": "$c",
                                    "body": [("ExprStmt", {"value": "$d"})],
                                    "orelse": [("ExprStmt", {"value": "$e"})],
                                },
                            )
                        ],
                    },
                )
            ],
        ),
        (
            "while a:\n  break\nelse:\n  b",
            [
                (
                    "Loop",
                    {"kind": "while", "body": [("Break", {})], "test": "$a", "orelse": [("ExprStmt", {"value": "$b"})]},
                )
            ],
        ),
        (
            "with a as b, c:\n  pass",
            [
                (
                    "With",
                    {
                        "items": [
                            ("WithItem", {"context": "$a", "target": "$b"}),
                            ("WithItem", {"context": "$c"}),
                        ],
                        "body": [("Other", {"kind": "pass"})],
                    },
                )
            ],
        ),
    ],
)
def test_statements(source: str, expected: Any) -> None:
    assert shape(body(source)) == expected


def test_functions() -> None:
    function = only("@deco(1)\nasync def f(a, /, b: int = 2, *c, d, e=3, **g) -> 'T':\n  yield a\n")
    assert [(p.name, p.kind, p.keyword_only, shape(p.default)) for p in function.params] == [
        ("a", "", False, None),
        ("b", "", False, 2),
        ("c", "list", False, None),
        ("d", "", True, None),
        ("e", "", True, 3),
        ("g", "dict", False, None),
    ]
    assert (function.name, function.is_async, function.is_generator) == ("f", True, True)
    assert shape(function.returns) == "$T"
    assert shape(function.decorators) == [("Call", {"func": "$deco", "args": [("Arg", {"value": 1})]})]


def test_an_inner_generator_does_not_make_the_outer_one() -> None:
    outer = only("def f():\n  def g():\n    yield 1\n  h = lambda: (yield 2)\n  return g")
    assert not outer.is_generator
    assert outer.body[0].is_generator
    assert outer.body[1].value.function.is_generator


@pytest.mark.parametrize(
    ("decorator", "static", "accessor"),
    [
        ("property", False, "get"),
        ("functools.cached_property", False, "get"),
        ("x.setter", False, "set"),
        ("staticmethod", True, ""),
        ("classmethod", True, ""),
        ("lru_cache(maxsize=None)", False, ""),
    ],
)
def test_methods(decorator: str, static: bool, accessor: str) -> None:
    cls = only(f"class A(B, metaclass=M):\n  x: int = 1\n  @{decorator}\n  def f(self): ...\n")
    method = cls.body[1]
    assert (method.static, method.accessor) == (static, accessor)
    assert shape(cls.bases) == ["$B"]


def test_match_becomes_a_chain() -> None:
    chain: Any
    (chain,) = body("match x:\n  case 'a' | 'b':\n    p\n  case {'k': v} if v:\n    q\n  case other:\n    r\n")
    assert shape(chain.test)[1]["op"] == "or"
    second = chain.orelse[0]
    assert shape(second.test)[1]["op"] == "and"
    assert [type(n).__name__ for n in second.body] == ["Assign", "ExprStmt"]
    assert shape(second.orelse[0]) == ("Assign", {"targets": ["$other"], "value": "$x"})


def test_match_evaluates_its_subject_once() -> None:
    calls = [
        n
        for statement in body("match f():\n  case 1: a\n  case 2: b\n")
        for n in walk(statement)
        if isinstance(n, s.Call)
    ]
    assert len(calls) == 1


def test_columns_count_characters() -> None:
    first = value('x("é").y(1)')
    assert (first.at.column, first.at.end_column) == (0, 11)
    plain = body('a = "é"; b = f("ö", c)\nd = e')
    assert plain[1].at == Span("m.py", 1, 9, 1, 22)
    assert plain[2].at == Span("m.py", 2, 0, 2, 5)


def test_lines_count_as_editors_do() -> None:
    assert [n.at.line for n in body("\ufeffa\r\nb\rc\x0cd = 1\n\x0c\ne".replace("c\x0cd", "c"))] == [1, 2, 3, 5]


@pytest.mark.parametrize(
    ("source", "reason", "line"),
    [
        ("print 'x'\n", "Python 2 syntax", 1),
        ("a = 1\nexcept_ = \n", "syntax error: invalid syntax", 2),
        ("a\x00b", "not text: null bytes or broken characters", None),
        ("(" * 500 + ")" * 500, "nested too deeply to be read", None),
        ("x" + "[0]" * 5000, "nested too deeply to be read", None),
        ("-" * 20000 + "1", "nested too deeply to be read", None),
        ("#" * (MAX_CHARACTERS + 1), "longer than 4,000,000 characters", None),
    ],
)
def test_what_cannot_be_read_says_why(source: str, reason: str, line: int | None) -> None:
    module, (unread,) = read_python("m.py", source)
    assert module is None
    assert unread.reason == reason
    assert line is None or unread.line == line


def test_long_chains_are_read() -> None:
    assert sum(isinstance(n, s.Binary) for n in walk(value(" + ".join(["a"] * 800)))) == 799
    chain = "if a == 0:\n  b\n" + "".join(f"elif a == {i}:\n  b\n" for i in range(80))
    assert sum(isinstance(n, s.If) for n in walk(only(chain))) == 81


def test_warnings_do_not_leak() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        body("a = '\\d'\n")
    assert caught == []


def test_no_expression_is_lost() -> None:
    source = (
        "@d1()\nclass A(b1(), metaclass=m1()):\n  @d2()\n  def f(self, a: t1() = v1(), *, k=v2()) -> t2():\n"
        "    with c1() as x: pass\n    for i in c2(): pass\n    while c3(): pass\n    del a[c4()]\n    assert c5(), c6()\n"
        "    return [c7() for _ in c8() if c9()]\nlambda q=c10(): c11()\nraise c12() from c13()\nx[c14():c15()]\n"
        "f'{c16():{c17()}}'\nmatch c18():\n  case 1 if c19(): c20()\nx = yield_ = c21() if c22() else c23()\n"
    )
    module, _ = read_python("m.py", source)
    expected = sorted(ast.unparse(n.func) for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Call))
    assert sorted(n.func.id for n in walk(module) if isinstance(n, s.Call) and isinstance(n.func, s.Name)) == expected


CODE = """
import os
from openai import OpenAI
client = OpenAI(api_key=os.environ["K"])
async def f(x, *, y=1):
    \"\"\"Doc.\"\"\"
    for a in range(3):
        try:
            r = await client.chat.completions.create(model=f"m{x!r:>{y}}", messages=[{"role": "user"}])
        except (A, B) as e:
            continue
    match x:
        case {"a": [1, *rest]} | None: return {**r}
"""


@given(
    st.text(max_size=200)
    | st.integers(0, len(CODE)).map(lambda n: CODE[:n])
    | st.integers(0, len(CODE)).map(lambda n: CODE[n:])
)
@settings(max_examples=300, deadline=None)
def test_reading_is_total(text: str) -> None:
    module, unread = read_python("m.py", text)
    assert (module is None) == bool(unread)


@pytest.mark.parametrize(
    "source",
    [
        'f"{x["a"]}" + g(1)',
        'f"{f"{a}"}" + g(1)',
        "f'{\"\\n\".join(x)}' + g(1)",
        'f"{x["it\'s"]:>{w["n"]}} {{no}}" + g(1)',
        "def f[T: (int, str)](a: T) -> T: g(1)",
        "class A[T]: b = g(1)",
        "type A[T] = list[T]; g(1)",
        'h = f"{x.y(\n a="b",\n)}"\ng(1)',
        'f"""{x["a"]} {y("b")}"""; "\'"; g(1)',
    ],
)
def test_newer_syntax_is_read_at_its_true_place(source: str) -> None:
    module, unread = read_python("m.py", source)
    assert unread == ()
    call = next(n for n in walk(module) if isinstance(n, s.Call) and isinstance(n.func, s.Name) and n.func.id == "g")
    assert call.at.column == source.split("\n")[call.at.line - 1].index("g(1)")


def test_project_templates_are_read() -> None:
    module, unread = read_python(
        "m.py", "{% if a %}\nfrom {{name}}.crew import {{ Class }}\n{% endif %}\nf({{Class}}(), 1)\n"
    )
    assert unread == ()
    assert [n.at.column for n in walk(module) if isinstance(n, s.Const)] == [15]


@given(st.text("f\"'{}\\[]: \na", max_size=60))
@settings(max_examples=300, deadline=None)
def test_older_spelling_keeps_the_lines(text: str) -> None:
    assert older(text).count("\n") == text.count("\n")
