"""Loading: strict validation with file and line, `like:`, laziness, and what other processes get."""

from __future__ import annotations

import pickle
import re
from pathlib import Path

import pytest

from auditor.catalog.document import line_of, read_document
from auditor.catalog.load import load_catalog, read_vendors
from auditor.catalog.schema import PARAMETER_ROLES, CallShape, Vendor
from auditor.errors import CatalogError

HEAD = "id: acme\ntitle: Acme\ncategory: vendor\n"


def one(text: str) -> Vendor:
    """The vendor of one file."""
    return read_vendors({"acme.yaml": HEAD + text})[0]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("hostz: [a.example]\n", 4, "did you mean 'hosts'"),
        ("hosts: a.example\n", 4, "must be list"),
        ("billed: soon\n", 4, "must be true/false"),
        ("types:\n  client:\n    membrs: {}\n", 6, "did you mean 'members'"),
        ("types:\n  client:\n    members:\n      run: {operations: chat}\n", 7, "did you mean 'operation'"),
        ("types:\n  client:\n    members:\n      run: {operation: talk}\n", 7, "operation 'talk' is not one of"),
        ("types:\n  client:\n    parameters:\n      output_caps: {python: [n]}\n", 7, "did you mean 'output_cap'"),
        ("types:\n  client:\n    parameters:\n      timeout: {pyton: [n]}\n", 7, "did you mean 'python'"),
        ("calls:\n  f: {python: [acme.f], vendor_from: base}\n", 5, "vendor_from 'base' is not one of"),
        ("calls:\n  f:\n    parameters:\n      timeout:\n        javascript: ['#0.t @ai>5']\n", 8, "condition in"),
        ("calls:\n  f: {javascript: [acme]}\n", 5, "<package>:<export>"),
        ("calls:\n  f: {python: [acme.f]}\n  g: {python: [acme.f]}\n", 6, "is taken by acme/f"),
        ("calls:\n  f: {like: acme/nothing}\n", 5, "names nothing in acme"),
        ("calls:\n  f: {like: other/f}\n", 5, "names no catalog file 'other'"),
        ("calls:\n  f: {like: acme/g}\n  g: {like: acme/f}\n", 5, "circle"),
        ("types:\n  t: {}\ncalls:\n  f: {returns: acme/tt}\n", 7, "did you mean 'acme/t'"),
        ("types:\n  t:\n    members:\n      a: {like: acme/none}\n", 7, "names nothing"),
        ("keys:\n  - {id: k}\n", 5, "missing"),
        ("free_tiers:\n  - {id: k, whi: x}\n", 5, "did you mean 'why'"),
        ("sources:\n  - https://example.org\n", 5, "[address, date seen]"),
        ("wires_like: [nobody]\n", 4, "names no catalog file"),
        ("title: again\n", 4, "stands twice"),
        ("hosts: [a.example\n", 5, "invalid YAML"),
        ("hosts: &x [a.example]\n", 4, "anchors"),
    ],
)
def test_errors_say_file_and_line(text: str, line: int, words: str) -> None:
    with pytest.raises(CatalogError) as caught:
        one(text)
    assert str(caught.value).startswith(f"acme.yaml:{line}: ")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_required_keys_and_unique_ids() -> None:
    with pytest.raises(CatalogError, match=r"acme\.yaml:1: 'category' is missing"):
        read_vendors({"acme.yaml": "id: acme\ntitle: Acme\n"})
    with pytest.raises(CatalogError, match=r"b\.yaml:1: id 'acme' is taken by a\.yaml"):
        read_vendors({"a.yaml": HEAD, "b.yaml": HEAD})


def test_like_inherits_members_and_parameters_but_no_symbols() -> None:
    vendors = read_vendors(
        {
            "acme.yaml": HEAD
            + "types:\n  client:\n    python: [acme.Client]\n    kind: sdk-call\n"
            + "    parameters: {timeout: {python: [timeout]}, retries: {python: [tries]}}\n"
            + "    members:\n      ask: {operation: chat}\n      draw: {operation: image}\n",
            "copy.yaml": "id: copy\ntitle: Copy\ncategory: vendor\n"
            + "types:\n  client:\n    like: acme/client\n    python: [copy.Client]\n"
            + "    parameters: {retries: null}\n    members: {draw: false, sing: {operation: audio}}\n",
        }
    )
    copy = next(v for v in vendors if v.id == "copy").types[0]
    assert copy.symbols == {"python": ("copy.Client",)}
    assert set(copy.parameters) == {"timeout"}
    assert set(copy.members) == {"ask", "sing"}
    assert copy.members["ask"].vendor == "copy"
    assert copy.members["ask"].id == "copy/client.ask"
    assert copy.members["ask"].kind == "sdk-call"


def test_parameters_in_all_spellings() -> None:
    vendor = one(
        "calls:\n  f:\n    python: [acme.f]\n    parameters:\n"
        "      output_cap: {python: [n, m], javascript: ['#0.n @npm:acme>=5'], default: 7}\n"
        "      timeout: {python: [t], javascript: ['#1.t'], unit: {python: s, javascript: ms}}\n"
        "wires:\n  chat: {paths: [/chat], parameters: {output_cap: [max_tokens], prompt: messages}}\n"
    )
    cap = vendor.calls[0].parameters["output_cap"]
    assert [p.path for p in cap.paths["python"]] == ["n", "m"]
    assert (cap.paths["javascript"][0].path, cap.paths["javascript"][0].when) == ("#0.n", "npm:acme>=5")
    assert cap.default == 7
    assert vendor.calls[0].parameters["timeout"].unit == {"python": "s", "javascript": "ms"}
    assert vendor.wires[0].parameters["prompt"].paths[""][0].path == "messages"


def test_rows_follow_from_what_a_call_does() -> None:
    vendor = one("types:\n  t: {}\ncalls:\n  a: {}\n  b: {invokes: true}\n  c: {returns: acme/t}\n  d: {row: false}\n")
    assert [call.row for call in vendor.calls] == [True, False, False, False]


def test_plain_data_has_no_surprises() -> None:
    data = read_document("a: 2026-11-21\nb: on\nc: 12:30\nd: 2\ne: 0.5\nf: true\ng:\nh: '7'\ni: o1\n", "x")
    assert data == {
        "a": "2026-11-21", "b": "on", "c": "12:30", "d": 2, "e": 0.5, "f": True, "g": None, "h": "7", "i": "o1",
    }  # fmt: skip
    assert line_of("a:\n  - b: 1\n    c: 2\n", ("a", 0, "c")) == 3


def test_extra_folder_adds_vendors(tmp_path: Path) -> None:
    (tmp_path / "acme.yaml").write_text(HEAD + "types: {client: {like: openai/client, python: [acme.Client]}}\n")
    found = load_catalog((tmp_path,)).type_of("python", "acme.Client")
    assert found is not None
    assert "chat.completions.create" in found.members


def test_catalog_survives_pickling() -> None:
    catalog = load_catalog()
    again = pickle.loads(pickle.dumps(catalog))
    assert again.digest == catalog.digest
    assert again.type_of("python", "openai.OpenAI") == again.type_by_id("openai/client")
    assert again.call_by_id("openai/client.chat.completions.create").operation == "chat"


def test_every_file_is_complete() -> None:
    for vendor in load_catalog().vendors:
        calls: list[CallShape] = [*vendor.calls]
        for shape in vendor.types:
            calls += shape.members.values()
            calls += [shape.callable] if shape.callable else []
            assert set(shape.parameters) <= set(PARAMETER_ROLES)
            assert not shape.model or shape.operation, shape.id
        for call in calls:
            assert not call.row or call.operation or vendor.category == "transport", call.id
            assert not call.row or call.kind or call.vendor_from == "receiver", call.id
        for address, seen in vendor.sources:
            assert re.fullmatch(r"https?://\S+", address), vendor.id
            assert re.fullmatch(r"20\d\d-\d\d-\d\d", seen), vendor.id
        for tier in vendor.free_tiers:
            assert tier.source, tier.id
            assert tier.seen, tier.id
        if vendor.category in ("vendor", "gateway", "local"):
            assert vendor.inventory, vendor.id
            assert vendor.types or vendor.calls or vendor.wires, vendor.id
            assert vendor.sources, vendor.id


def test_key_shapes_compile_and_hold_their_anchor() -> None:
    patterns = load_catalog().key_patterns()
    assert len(patterns) >= 55
    assert len({p.id for p in patterns}) == len(patterns)
    for pattern in patterns:
        re.compile(pattern.regex)
        assert pattern.certainty in ("prefix", "semi", "context"), pattern.id
        assert pattern.revoke, pattern.id
        assert pattern.source, pattern.id
        assert pattern.certainty != "prefix" or pattern.anchor, pattern.id
        if (
            pattern.public_prefix
            and "|" not in pattern.regex
            and "[" not in pattern.regex[: len(pattern.public_prefix)]
        ):
            assert pattern.regex.replace("\\", "").startswith(pattern.public_prefix), pattern.id
