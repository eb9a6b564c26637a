"""The JavaScript reader: the shape of each construct, positions in characters, directives, comments."""

from __future__ import annotations

from typing import Any

import pytest

from auditor.model import syntax as s
from auditor.model.walk import walk
from auditor.readers.javascript import read_javascript


def shape(node: Any) -> Any:
    """A short, readable form of a tree, without positions."""
    match node:
        case s.Const(_, value):
            return value
        case s.Name(_, name):
            return f"${name}"
        case s.Attr(_, base, name):
            return f"{shape(base)}.{name}"
        case s.Arg(value, None, ""):
            return shape(value)
        case s.Entry(key, value):
            return (shape(key), shape(value))
        case tuple():
            return [shape(n) for n in node]
        case None | str() | bool() | int() | float():
            return node
        case _:
            pass
    fields = {
        name: shape(value)
        for name in node.__dataclass_fields__
        if name != "at" and (value := getattr(node, name)) not in ((), "", None, False)
    }
    return (type(node).__name__, fields)


def read(text: str, path: str = "a.tsx") -> s.Module:
    module, unread = read_javascript(path, text)
    assert module is not None
    assert unread == ()
    return module


def body(text: str, path: str = "a.tsx") -> list[Any]:
    return [shape(n) for n in read(text, path).body]


def expression(text: str, path: str = "a.tsx") -> Any:
    (statement,) = read(f"x = {text}", path).body
    assert isinstance(statement, s.Assign)
    return shape(statement.value)


EXPRESSIONS = {
    "'a\\n\\x41\\u{1F600}\\\nb'": "a\nA😀b",
    "0x1F": 31,
    "1_000": 1000,
    "10n": 10,
    "1e3": 1000.0,
    "undefined": None,
    "null": None,
    "Infinity": float("inf"),
    "`plain`": "plain",
    "`a${b}c`": ("Template", {"parts": ["a", "$b", "c"]}),
    "tag`a`": ("Call", {"func": "$tag", "args": [("Template", {"parts": ["a"]})]}),
    "this.#key": "$self.#key",
    "a?.b?.['c']": "$a.b.c",
    "a[i]": ("Index", {"base": "$a", "key": "$i"}),
    "f?.(...x, 1)": ("Call", {"func": "$f", "args": [("Arg", {"value": "$x", "spread": "list"}), 1]}),
    "new A.B(1)": ("Call", {"func": "$A.B", "args": [1], "new": True}),
    "new A": ("Call", {"func": "$A", "new": True}),
    "(y as any)!": "$y",
    "y satisfies T": "$y",
    "f<string>(1)": ("Call", {"func": "$f", "args": [1]}),
    "a === b": ("Binary", {"op": "==", "left": "$a", "right": "$b"}),
    "a && b && c": ("BoolOp", {"op": "and", "values": ["$a", "$b", "$c"]}),
    "a ?? b": ("BoolOp", {"op": "??", "values": ["$a", "$b"]}),
    "!a": ("Unary", {"op": "not", "operand": "$a"}),
    "a ? b : c": ("Conditional", {"test": "$a", "then": "$b", "orelse": "$c"}),
    "await import('m')": ("Await", {"value": ("Call", {"func": "$import", "args": ["m"]})}),
    "import.meta.env.VITE_X": "$import.meta.env.VITE_X",
    "(a, b)": ("Opaque", {"kind": "sequence", "parts": ["$a", "$b"]}),
    "[1, , ...r]": ("ListExpr", {"items": [1, None, ("Spread", {"value": "$r"})], "kind": "list"}),
    "{a, 'b-c': 1, [k]: 2, ...r}": ("DictExpr", {"entries": [("a", "$a"), ("b-c", 1), ("$k", 2), (None, "$r")]}),
}


@pytest.mark.parametrize(("text", "expected"), EXPRESSIONS.items(), ids=EXPRESSIONS)
def test_expression(text: str, expected: Any) -> None:
    assert expression(f"({text})" if text.startswith("{") else text) == expected


def function(**fields: Any) -> Any:
    return ("FunctionDef", fields)


STATEMENTS: dict[str, list[Any]] = {
    "import a, { b as c, type D } from './x'": [
        (
            "Import",
            {
                "module": "./x",
                "names": [
                    ("ImportName", {"name": "default", "alias": "a"}),
                    ("ImportName", {"name": "b", "alias": "c"}),
                ],
            },
        ),
        ("Import", {"module": "./x", "names": [("ImportName", {"name": "D", "alias": "D"})], "type_only": True}),
    ],
    "import * as z from 'z'": [("Import", {"module": "z", "names": [("ImportName", {"name": "*", "alias": "z"})]})],
    "import 'side'": [("Import", {"module": "side"})],
    "import type Q from 'q'": [
        ("Import", {"module": "q", "names": [("ImportName", {"name": "default", "alias": "Q"})], "type_only": True})
    ],
    "import r = require('r')": [
        ("Assign", {"targets": ["$r"], "value": ("Call", {"func": "$require", "args": ["r"]}), "constant": True})
    ],
    "export * from './y'": [("Export", {"names": [["*", "*"]], "module": "./y"})],
    "export * as n from './y'": [("Export", {"names": [["*", "n"]], "module": "./y"})],
    "export { a as default, b }": [("Export", {"names": [["a", "default"], ["b", "b"]]})],
    "export { default as Q } from 'q'": [("Export", {"names": [["default", "Q"]], "module": "q"})],
    "export default 1": [("Export", {"value": 1})],
    "export default function () {}": [("Export", {"value": ("FunctionExpr", {"function": function()})})],
    "export default function f() {}": [function(name="f"), ("Export", {"names": [["f", "default"]]})],
    "export const { a, b: [c] } = d": [
        (
            "Assign",
            {
                "targets": [
                    ("DictExpr", {"entries": [("a", "$a"), ("b", ("ListExpr", {"items": ["$c"], "kind": "list"}))]})
                ],
                "value": "$d",
                "constant": True,
            },
        ),
        ("Export", {"names": [["a", "a"], ["c", "c"]]}),
    ],
    "export = f": [("Assign", {"targets": ["$module.exports"], "value": "$f"})],
    "export type T = string": [("Other", {"kind": "declaration"})],
    "let a = 1, b": [("Assign", {"targets": ["$a"], "value": 1}), ("Assign", {"targets": ["$b"]})],
    "const { a = 1, ...r } = x": [
        (
            "Assign",
            {
                "targets": [
                    ("DictExpr", {"entries": [("a", ("AssignExpr", {"target": "$a", "value": 1})), (None, "$r")]})
                ],
                "value": "$x",
                "constant": True,
            },
        )
    ],
    "a = b = c": [("Assign", {"targets": ["$a", "$b"], "value": "$c"})],
    "a += 2": [("Assign", {"targets": ["$a"], "value": 2, "op": "+"})],
    "a ??= b": [("Assign", {"targets": ["$a"], "value": "$b", "op": "??"})],
    "i++": [("Assign", {"targets": ["$i"], "value": 1, "op": "+"})],
    "f(), g()": [("ExprStmt", {"value": ("Call", {"func": f"${n}"})}) for n in "fg"],
    "if (a) b(); else if (c) d()": [
        (
            "If",
            {
                "test": "$a",
                "body": [("ExprStmt", {"value": ("Call", {"func": "$b"})})],
                "orelse": [("If", {"test": "$c", "body": [("ExprStmt", {"value": ("Call", {"func": "$d"})})]})],
            },
        )
    ],
    "for (;;) {}": [("Loop", {"kind": "count"})],
    "for (let i = 0; i < 3; i++) {}": [
        (
            "Loop",
            {
                "kind": "count",
                "test": ("Binary", {"op": "<", "left": "$i", "right": 3}),
                "init": [("Assign", {"targets": ["$i"], "value": 0})],
                "update": [
                    (
                        "AssignExpr",
                        {"target": "$i", "value": ("Binary", {"op": "+", "left": "$i", "right": 1})},
                    )
                ],
            },
        )
    ],
    "for (const [a] of b) break": [
        (
            "Loop",
            {
                "kind": "for",
                "body": [("Break", {})],
                "target": ("ListExpr", {"items": ["$a"], "kind": "list"}),
                "iterable": "$b",
            },
        )
    ],
    "async function f() { for await (const a of b); }": [
        function(
            name="f",
            body=[("Loop", {"kind": "for", "target": "$a", "iterable": "$b", "is_async": True})],
            is_async=True,
        )
    ],
    "out: while (a) continue out": [
        ("Block", {"body": [("Loop", {"kind": "while", "body": [("Continue", {})], "test": "$a"})], "label": "out"})
    ],
    "do { a() } while (b)": [
        ("Loop", {"kind": "do", "body": [("ExprStmt", {"value": ("Call", {"func": "$a"})})], "test": "$b"})
    ],
    "try { a } catch ({ b }) { c } finally { d }": [
        (
            "Try",
            {
                "body": [("ExprStmt", {"value": "$a"})],
                "handlers": [
                    (
                        "Handler",
                        {
                            "name": ("DictExpr", {"entries": [("b", "$b")]}),
                            "body": [("ExprStmt", {"value": "$c"})],
                        },
                    )
                ],
                "final": [("ExprStmt", {"value": "$d"})],
            },
        )
    ],
    "throw new E": [("Raise", {"value": ("Call", {"func": "$E", "new": True})})],
    "enum E { A = 'x' }": [
        ("Assign", {"targets": ["$E"], "value": ("DictExpr", {"entries": [("A", "x")]}), "constant": True})
    ],
    "namespace N { export const v = 1 }": [
        ("Assign", {"targets": ["$v"], "value": 1, "constant": True}),
        ("Assign", {"targets": ["$N"], "value": ("DictExpr", {"entries": [("v", "$v")]}), "constant": True}),
    ],
    "declare function f(): void": [("Other", {"kind": "declaration"})],
}


@pytest.mark.parametrize(("text", "expected"), STATEMENTS.items(), ids=STATEMENTS)
def test_statement(text: str, expected: list[Any]) -> None:
    assert body(text, "a.ts") == expected


def test_switch_becomes_a_chain_whose_breaks_do_not_end_the_loop_around_it() -> None:
    text = "while (true) { switch (x) { case 1: case 2: if (q) break; a(); break; default: b(); } }"
    loop = read(text).body[0]
    assert isinstance(loop, s.Loop)
    assert not any(isinstance(n, s.Break) for n in walk(loop))
    chain = loop.body[0]
    assert isinstance(chain, s.If)
    assert shape(chain.test) == (
        "BoolOp",
        {
            "op": "or",
            "values": [
                ("Binary", {"op": "==", "left": "$x", "right": 1}),
                ("Binary", {"op": "==", "left": "$x", "right": 2}),
            ],
        },
    )
    assert shape(chain.orelse) == [("ExprStmt", {"value": ("Call", {"func": "$b"})})]


def test_a_break_of_a_loop_inside_a_switch_stays_one() -> None:
    module = read("switch (x) { case 1: for (;;) { break } }")
    assert sum(isinstance(n, s.Break) for n in walk(module)) == 1


CLASS = """
@Injectable()
export class Service extends Base<T> implements I {
  static #count = 0;
  private model: Model = make();
  constructor(private readonly http: HttpService, @Inject('K') public key?: string, other = 1) { super(); }
  get url() { return this.#count }
  @Cron('* * * * *') async run(@Body() dto: Dto, ...rest) {}
  static create = async () => 1;
  abstract later(): void;
  'quoted'() {}
}
"""


def test_class() -> None:
    definition, export = read(CLASS, "a.ts").body
    assert isinstance(definition, s.ClassDef)
    assert shape(export) == ("Export", {"names": [["Service", "Service"]]})
    assert shape(definition.decorators) == [("Call", {"func": "$Injectable"})]
    assert shape(definition.bases) == ["$Base"]
    methods = {m.name: m for m in definition.body if isinstance(m, s.FunctionDef)}
    assert set(methods) == {"__init__", "url", "run", "quoted"}
    made = methods["__init__"]
    assert [shape(p.annotation) for p in made.params] == ["$HttpService", "$string", None]
    assert [shape(n) for n in made.body[:2]] == [
        ("Assign", {"targets": ["$self.http"], "value": "$http", "annotation": "$HttpService"}),
        ("Assign", {"targets": ["$self.key"], "value": "$key", "annotation": "$string"}),
    ]
    assert methods["url"].accessor == "get"
    assert methods["run"].is_async
    assert shape(methods["run"].decorators) == [("Call", {"func": "$Cron", "args": ["* * * * *"]})]
    assert [(p.name, p.kind) for p in methods["run"].params] == [("dto", ""), ("rest", "list")]
    fields = [shape(f.targets[0]) for f in definition.body if isinstance(f, s.Assign)]
    assert fields == ["$#count", "$model", "$create"]


def test_object_methods_and_accessors_are_functions() -> None:
    module = read("x = { a() {}, get b() { return 1 }, async *c() {}, d: async () => 1 }")
    found = {n.name: n for n in walk(module) if isinstance(n, s.FunctionDef)}
    assert found["b"].accessor == "get"
    assert found["c"].is_async
    assert found["c"].is_generator
    assert shape(found[""].body) == [("Return", {"value": 1})]


def test_destructured_parameter_keeps_its_pattern_default_and_type() -> None:
    (function,) = read("function f({ a, b = 2 }: Options = {}) {}", "a.ts").body
    assert isinstance(function, s.FunctionDef)
    (parameter,) = function.params
    assert parameter.name == ""
    assert shape(parameter.pattern) == (
        "DictExpr",
        {"entries": [("a", "$a"), ("b", ("AssignExpr", {"target": "$b", "value": 2}))]},
    )
    assert shape(parameter.annotation) == "$Options"
    assert shape(parameter.default) == ("DictExpr", {})


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        ("OpenAI", "$OpenAI"),
        ("ns.Client", "$ns.Client"),
        ("Promise<OpenAI>", ("Index", {"base": "$Promise", "key": "$OpenAI"})),
        ("OpenAI | undefined", ("Binary", {"op": "|", "left": "$OpenAI", "right": None})),
        ("string[]", ("Index", {"base": "$Array", "key": "$string"})),
        ("{ a: string }", ("Opaque", {"kind": "type"})),
    ],
)
def test_type_annotation(annotation: str, expected: Any) -> None:
    (statement,) = read(f"let x: {annotation}", "a.ts").body
    assert isinstance(statement, s.Assign)
    assert shape(statement.annotation) == expected


def test_jsx_keeps_components_attributes_and_children() -> None:
    module = read("x = <Chat.Box on={() => ask(q)} name='n' {...rest}>hi {a}<input disabled /></Chat.Box>")
    assert module.jsx
    (statement,) = module.body
    assert isinstance(statement, s.Assign)
    element = statement.value
    assert isinstance(element, s.Opaque)
    assert element.kind == "jsx"
    tag, attributes, *children = element.parts
    assert shape(tag) == "$Chat.Box"
    assert isinstance(attributes, s.DictExpr)
    assert [shape(e.key) for e in attributes.entries] == ["on", "name", None]
    assert shape(tuple(children)) == [
        "$a",
        ("Opaque", {"kind": "jsx", "parts": ["input", ("DictExpr", {"entries": [("disabled", True)]})]}),
    ]
    assert any(isinstance(n, s.Call) for n in walk(element))


def test_directives_of_file_and_function() -> None:
    module = read("// note\n'use client';\nasync function act() { 'use server'; return 1 }\n'use nothing'")
    assert module.directives == ("use client",)
    act = next(n for n in module.body if isinstance(n, s.FunctionDef))
    assert act.directives == ("use server",)


@pytest.mark.parametrize("prefix", ["", "é = 'ü'; ", "x = '😀'; ", "x = '日本'\u00a0; "])
def test_columns_count_characters(prefix: str) -> None:
    text = f"{prefix}ask('ß', b)"
    module = read(text, "a.js")
    call = next(n for n in walk(module) if isinstance(n, s.Call))
    assert text[call.at.column : call.at.end_column] == "ask('ß', b)"
    assert shape(call.args) == ["ß", "$b"]


def test_spans_over_lines() -> None:
    call = next(n for n in walk(read("\r\nask(\r\n  a,\r\n)\r\n", "a.js")) if isinstance(n, s.Call))
    assert (call.at.line, call.at.column, call.at.end_line, call.at.end_column) == (2, 0, 4, 1)


@pytest.mark.parametrize(
    ("path", "text", "language"),
    [
        ("a.ts", "const x = <Foo>y;", "typescript"),
        ("a.mts", "let x: number", "typescript"),
        ("a.cts", "import a = require('a')", "typescript"),
        ("a.cjs", "module.exports = 1", "javascript"),
        ("a.jsx", "x = <a/>", "javascript"),
        ("a.js", "function f(a: string): void {}", "javascript"),  # Flow's annotations
    ],
)
def test_grammar_is_chosen_by_name_and_success(path: str, text: str, language: str) -> None:
    assert read(text, path).language == language


def test_one_broken_place_does_not_lose_the_file() -> None:
    text = "import OpenAI from 'openai'\nconst a = {{{ ;\n" + "function ok() { return ask() }\n" * 20
    module, _ = read_javascript("a.js", text)
    assert module is not None
    assert any(isinstance(n, s.Import) and n.module == "openai" for n in module.body)
    assert sum(isinstance(n, s.Call) for n in walk(module)) >= 19


@pytest.mark.parametrize("call", ["await db.run<Row>(q)", "await db.run<{ id: string }>(q)", "await db.run(q)"])
def test_an_awaited_call_with_types_is_awaited_as_a_whole(call: str) -> None:
    (statement,) = read(call, "a.ts").body
    assert isinstance(statement, s.ExprStmt)
    assert isinstance(statement.value, s.Await)
    assert shape(statement.value.value) == shape(
        next(n for n in walk(read("db.run(q)", "a.ts")) if isinstance(n, s.Call))
    )
