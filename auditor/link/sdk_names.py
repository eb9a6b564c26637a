"""Which names tell that a file sends something: those of the catalog's calls whose packages the repository uses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from auditor.catalog.schema import CallShape, TypeShape
from auditor.lazily import byte_regex
from auditor.link.program import Program
from auditor.link.vendors import SENDERS

if TYPE_CHECKING:
    from auditor.catalog.index import Catalog


def telling_words(program: Program) -> Mapping[str, re.Pattern[bytes]]:
    """What stands in a file that sends or invokes, by language: a call of something of the packages that are used here."""
    found = {}
    for language, plain in names_in_use(program).items():
        names = plain | preparing_names(program.catalog, language, packages_in_use(program, language))
        # `$fetch` is a name as well, but no word begins at its first character.
        known = sorted(n for n in names if n.replace("$", "_").isidentifier())
        begins = [("" if n.startswith("$") else r"\b") + re.escape(n) for n in known]
        text = f"(?:{'|'.join(begins)})" + r"\s*[(<]" if known else r"[^\x00-\xff]"
        found[language] = byte_regex(text.encode())
    return found


def telling_names(catalog: Catalog, language: str = "", used: frozenset[str] | None = None) -> frozenset[str]:
    """The last names of everything in the catalog that is a row or an invocation.

    With a language and the packages that the repository uses: of what can come from those.
    """
    names: set[str] = set()
    for vendor in catalog.vendors:
        types = {t.id for t in vendor.types if _in_use(t, language, used)}
        calls = [c for c in vendor.calls if _in_use(c, language, used)]
        for made in vendor.types:
            # A type without a symbol is made by others of its vendor.
            if made.id in types or (not made.symbols and (types or calls)):
                names.update(catalog.senders.get(made.id, ()))
                if made.model:
                    names.update(_last(x) for symbols in made.symbols.values() for x in symbols)
        for call in calls:
            if (call.row or call.invokes) and call.http_method != "GET":
                names.update(_last(x) for symbols in call.symbols.values() for x in symbols)
    return frozenset(names)


def preparing_names(catalog: Catalog, language: str, used: frozenset[str]) -> frozenset[str]:
    """The names of methods that give a request to be called later, of SDKs of the packages that are used."""
    names: set[str] = set()
    for vendor in catalog.vendors:
        if vendor.category == "transport" or not any(_in_use(t, language, used) for t in vendor.types):
            continue
        ready = {t.id for t in vendor.types if not t.symbols and t.callable is not None and t.callable.row}
        for made in vendor.types if ready else ():
            names.update(path.rpartition(".")[2] for path, call in made.members.items() if call.returns in ready)
    return frozenset(names)


def _in_use(shape: TypeShape | CallShape, language: str, used: frozenset[str] | None) -> bool:
    return used is None or any(package_of(x) in used for x in shape.symbols.get(language, ()))


def is_copied(catalog: Catalog, made: TypeShape) -> bool:
    """Whether half the field's servers and libraries copy the shape of a type."""
    vendor = catalog.vendor(made.vendor)
    return vendor is not None and vendor.copied


def package_of(symbol: str) -> str:
    """`openai` of `openai.OpenAI`, `@google/genai` of `@google/genai:GoogleGenAI`, `global:fetch` of `global:fetch`."""
    package, colon, name = symbol.rpartition(":")
    if package == "global":
        return f"global:{name.partition('.')[0]}"
    return package if colon else symbol.partition(".")[0]


@lru_cache(maxsize=2)  # two languages
def packages_in_use(program: Program, language: str) -> frozenset[str]:
    """Those of the catalog's packages that the repository uses."""
    tables = [shape.symbols for vendor in program.catalog.vendors for shape in vendor.types]
    tables += [shape.symbols for vendor in program.catalog.vendors for shape in vendor.calls]
    return program.loader.used(language, {package_of(x) for table in tables for x in table.get(language, ())})


@lru_cache(maxsize=1)  # asked twice of the same program, before anything is loaded and after
def names_in_use(program: Program) -> Mapping[str, frozenset[str]]:
    """The telling names by language: a common name such as `get` tells nothing where no package has it."""
    catalog = program.catalog
    found: dict[str, frozenset[str]] = {}
    for language in ("python", "javascript"):
        used = packages_in_use(program, language)
        # A client of that shape may come from anywhere: half the field's servers and libraries copy it.
        copied = {
            path.rpartition(".")[2]
            for (known, path), options in distinctive_paths(program).items()
            if known == language and any(is_copied(catalog, made) for made, _ in options)
        }
        found[language] = telling_names(catalog, language, used) | copied
    return found


def _last(symbol: str) -> str:
    return symbol.rpartition(":")[2].rpartition(".")[2]


def distinctive_paths(program: Program) -> dict[tuple[str, str], list[tuple[TypeShape, CallShape]]]:
    """Member paths that name a request wherever they stand (`chat.completions.create`), by language."""
    out: dict[tuple[str, str], list[tuple[TypeShape, CallShape]]] = {}
    for vendor in program.catalog.vendors:
        if vendor.category not in SENDERS:
            continue
        for made in vendor.types:
            for path in made.members:  # members are built on first use: ask only for those with a path
                shape = made.members[path] if "." in path else None
                if shape is not None and shape.row:
                    for language in made.symbols or ("python", "javascript"):
                        out.setdefault((language, path), []).append((made, shape))
    return out


def branded_methods(catalog: Catalog) -> dict[tuple[str, str], list[tuple[TypeShape, CallShape]]]:
    """Methods of vendors whose names of models nothing else has, such as `@cf/…`: the model tells, whatever the object.

    By language and name; the vendor's data says so by giving a prefix of its models among the texts that tell a file.
    """
    out: dict[tuple[str, str], list[tuple[TypeShape, CallShape]]] = {}
    for vendor in catalog.vendors:
        if not set(vendor.literals) & set(vendor.model_prefixes):
            continue
        for made in vendor.types:
            for path in made.members:
                shape = made.members[path] if "." not in path else None
                if shape is not None and shape.row:
                    for language in made.symbols:
                        out.setdefault((language, path), []).append((made, shape))
    return out
