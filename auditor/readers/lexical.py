"""Finds LLM calls in languages without a parser here, from the words that the catalog gives for each SDK and host.

A call is a row only where something sends: a known method of an SDK that the file imports, on a receiver that may be
that SDK's; or a vendor's address that reaches the arguments of a request which is sent in the same function. A host in a
comment, a list of allowed hosts or a constant that nothing sends to is no call. What the words do not tell is None.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import cached_property
from itertools import chain, islice
from typing import TypeVar

from auditor.catalog.index import Catalog
from auditor.catalog.schema import LexicalShape, Vendor, Wire
from auditor.lazily import dataclass, regex
from auditor.model.facts import Role
from auditor.readers.base import LexicalCall
from auditor.readers.lexical_text import HOLE, Literal, SourceText, languages
from auditor.source.tree import Entry

MAX_CHARACTERS = 1_000_000
_MAX_ROWS = 200
_MAX_STEPS = 3000
T = TypeVar("T")

_WEAK_CALL = regex(
    r"^(?:->)?(?:sendMessage(?:Stream)?|chat|chats|completions?|embeddings?|images?|messages|create\w{0,12}|sendChat|startChat|"
    r"converse(?:_stream|Stream)?|Converse\w*|SendMessage\w*|complete|generate|invoke|call|run|predict|execute)$"
)
_OWN_WRAPPER = regex(
    r"(?i)view_?model$|^vm$|bloc$|cubit$|presenter$|repository$|repo$|use_?case$|controller$|notifier$"
)
_NO_SDK = regex(
    r"(?i)^(?:this|self|super|it|socket|ws|channel|bot|telegram|discord|slack|router|app|navigator|context)$"
)
_SDK_WORD = regex(
    r"(?i)chat|client|open_?ai|gpt|gemini|model|gen_?ai|claude|anthropic|llm|session|conversation|completion|bedrock|^ai$|_ai$|^api$"
)
_TIMER = regex(
    r"PeriodicWorkRequest|AlarmManager|@Scheduled|time\.NewTicker|time\.Tick\b|cron\.New|tokio::time::interval|Timer\.periodic|"
    r"scheduleAtFixedRate|scheduledTimer|BGTaskScheduler|PeriodicTimer|IHostedService|BackgroundService|whenever|sidekiq|rufus|->daily\(|->cron\("
)
_DEVICE = regex(
    r"\bimport\s+(?:android[.x]|androidx\.|SwiftUI|UIKit|AppKit)|package:flutter/|\busing\s+(?:UnityEngine|System\.Windows|Microsoft\.Maui|"
    r"Xamarin|Avalonia|Windows\.UI)|\buse\s+(?:tauri|eframe|egui|iced|slint|dioxus|leptos|yew)\b|#\[tauri::command\]|wailsapp/wails|fyne\.io/fyne"
)
_MODEL = regex(
    r"""["']?\b[mM]odel(?:_?[nN]ame|_?[iI]d|Identifier)?["']?\s*(?:\([^()\n]{0,20})?[:=,(]+>?\s*(?:\w+\.)?(?:ModelId\(|GPTModel\()?\s*["'](?=[\w./:@-]*[-.:/\d])([\w./:@-]{3,80})["']"""
)
_TIMEOUT = regex(
    r"(?i)\b(?:\w*_)?(?:(?:connect|read|write|call|request|receive|send|response)_?)?timeout(?:interval)?\w{0,14}\s*[(:=]"
)
_RETRY = regex(r"(?i)\b(?:max_?)?retr(?:y|ies)\w*\s*[(:=<{]|\bbackoff|\bPolly\b|retryWhen")
_USAGE = regex(
    r"(?i)(?:(?:\.|->|::)\s*(?:get_?)?|(?:\[|get\(|getJSONObject\(|optJSONObject\()\s*[\"'])"
    r"(?:usage(?:_?metadata)?|(?:total|prompt|completion|input|output)_?tokens(?:_?count)?|totalTokenCount|candidatesTokenCount)\b"
)
_STREAMS = regex(
    r"(?i)[\"']?\bstream[\"']?\s*[:=,]\s*(?:true|json!)|\bstream\w*\s*\(|@Streaming\b|streamGenerateContent|text/event-stream"
)
_ASKS_USAGE = regex(r"(?i)\binclude_?usage|\bstream_?options")
_STANDS_IN = regex(r"(?i)fall_?back|\b(?:backup|secondary|alternat\w+|next)_?(?:model|provider|vendor|service|client)")
_FUNCTION_HEADER = regex(r"\b(?:func|fun|fn|init|def|function)\b")
_MAKES_SENDER = regex(
    r"\b(?:OkHttpClient|HttpClient|Retrofit|URLSession|Dio|BaseOptions|http\.Client|reqwest|IOClient)\b|package:http/"
)
_EXTRA_TEST = regex(r"#\[cfg\(test\)\]\s*mod\b")

_DIRECT = frozenset(
    [
        *("post", "Post", "postAsync", "PostAsync", "PostAsJsonAsync", "postForEntity", "postForObject", "exchange"),
        *("postUri", "preparePost", "request", "file_get_contents", "wp_remote_post", "streamPost", "postJson"),
        *("PostJson", "post_json", "sse"),
    ]
)
_CLEAR_BUILDS = frozenset(
    [
        *("url", "uri", "URL", "URI", "parse", "Uri", "NewRequest", "NewRequestWithContext", "URLRequest", "Request"),
        *(
            "HttpRequestMessage",
            "RestRequest",
            "RestClient",
            "newBuilder",
            "setUrl",
            "curl_init",
            "curl_setopt",
            "setopt",
        ),
        *("HttpPost", "HttpUriRequest", "toHttpUrl", "UnityWebRequest", "MultipartRequest", "URLComponents", "postUrl"),
    ]
)
_BUILDS = _CLEAR_BUILDS | {"create", "of", "init", "get", "new", "with", "open", "openUrl", "http"}
_SENDS: dict[str, str] = {
    "go": r"\.\s*Do\s*\(",
    "kotlin": r"\.\s*(?:newCall|send|sendAsync|execute|getInputStream|getOutputStream|getResponseCode|retrieve|exchange|enqueue)\s*\("
    r"|\.\s*(?:outputStream|inputStream|responseCode)\b|\b\w*[qQ]ueue\w*\s*\.\s*add\s*\(",
    "swift": r"\.\s*(?:dataTask|data|bytes|upload|uploadTask|responseJSON|responseData|responseDecodable|dataTaskPublisher)\s*\(",
    "dart": r"\.\s*(?:send|close|fetch)\s*\(",
    "rust": r"\.\s*(?:send|send_json|send_string|execute|call|body)\s*\(",
    "csharp": r"\.\s*(?:SendAsync|Send|PostAsync|PostAsJsonAsync|ExecuteAsync|"
    r"ExecutePostAsync|Execute|SendWebRequest|GetResponse|GetResponseAsync|UploadString\w*)\s*[(<]",
    "php": r"\bcurl_exec\s*\(|(?:->|::)\s*(?:send|post|request|withBody)\s*\(",
    "ruby": r"\.\s*(?:request|post|execute)\b\s*\(?",
}
_SENDS["java"] = _SENDS["kotlin"]
_SEND = {language: re.compile(pattern) for language, pattern in _SENDS.items()}
_ASSIGNED = regex(
    r"(?<![\w.])[$@]{0,2}(?P<name>[A-Za-z_]\w*)[?!]?\s*(?::\s*(?:&\s*(?:'\w+\s+)?)?[\w.<>?]+\s*)?(?P<sep>:=|=>|=)\s*"
    r"(?:(?:try|await|new|const|return)\b[!?]?\s*)*(?:[&*]?[\w.:]+[!?]?\s*\(\s*(?:\w+\s*:\s*)?)*\Z"
)
_CALLEE = regex(r"([A-Za-z_]\w*)\s*(?:<[^<>()]*>)?!?\s*\Z")
_BASE_PATH = regex(r"/?(?:(?:v\d+\w*|api|openai|models|inference)/?)*\Z")

_RELATIVE = regex(r"/?[\w{}.-]+(?:/[\w{}.:-]+)+(?:\?\S*)?\Z")
_ANNOTATED = regex(r"@(?:POST|retrofit2\.http\.POST|RestApi|Streaming|Post)\s*\(\s*(?:\w+\s*=\s*)?\Z")
_REQUEST_MAKER = regex(
    r"\b(?:fun|func|fn|function|def|var|val|let|Request|HttpRequestMessage|HttpRequest)\s+(?:\([^()]*\)\s*)?(\w*[rR]equest\w*)"
)


def read_lexical(entry: Entry, text: str, catalog: Catalog) -> tuple[LexicalCall, ...]:
    """The calls of one file, and what it tells of calls elsewhere (`kind` "evidence"), in order of position."""
    if entry.role is Role.TEST or len(text) > MAX_CHARACTERS or entry.language not in languages():
        return ()
    text = text.replace("\r\n", "\n")
    cut = _EXTRA_TEST.search(text)
    source = SourceText(entry.path, text[: cut.start()] if cut else text, entry.language)
    reading = _Reading(source, entry.language, catalog)
    rows: dict[tuple[int, str], LexicalCall] = {}
    for row in (*islice(chain(reading.sdk_calls(), reading.http_calls()), _MAX_ROWS), *reading.evidence()):
        rows.setdefault((row.at.line, row.api if row.kind == "evidence" else ""), row)
    return tuple(sorted(rows.values(), key=lambda row: (row.at, row.api)))


@dataclass(frozen=True, slots=True)
class _Address:
    """A vendor's address in the code: where it stands, and what it names."""

    start: int
    vendor: Vendor
    wire: Wire | None
    text: str


class _Reading:
    """One file against the catalog."""

    def __init__(self, source: SourceText, language: str, catalog: Catalog) -> None:
        self.source = source
        self.language = language
        self.catalog = catalog
        self.device = True if _DEVICE.search(source.visible) else None
        self.timer = bool(_TIMER.search(source.visible))
        self.addresses = list(self._addresses())
        self.usage = True if _USAGE.search(source.visible) else None
        self._memory: dict[tuple[str, object], object] = {}
        self._budget = _MAX_STEPS

    def _spend(self) -> bool:
        """Whether another step may be taken in following variables; a hostile file must cost no more than a large one."""
        self._budget -= 1
        return self._budget > 0

    def _remember(self, kind: str, key: object, make: Callable[[], T]) -> T:
        """What was worked out once for the whole file."""
        if (kind, key) not in self._memory:
            self._memory[kind, key] = make()
        return self._memory[kind, key]  # type: ignore[return-value]

    def _within(self, pattern: re.Pattern[str], first: int, last: int) -> list[str]:
        """What a pattern finds between two places."""
        return self._remember(
            "within", (pattern, first, last), lambda: pattern.findall(self.source.visible, first, last)
        )

    @cached_property
    def _literals(self) -> dict[int, Literal]:
        return {literal.start: literal for literal in self.source.literals}

    # ------------------------------------------------------------------- SDKs

    def shapes(self) -> Iterator[tuple[Vendor, LexicalShape]]:
        """The SDKs that the file imports."""
        for vendor in self.catalog.vendors:
            for shape in vendor.lexical:
                if self.language in shape.languages and any(name in self.source.visible for name in shape.imports):
                    yield vendor, shape

    def sdk_calls(self) -> Iterator[LexicalCall]:
        for vendor, shape in self.shapes():
            for name in shape.calls:
                for match in islice(_call_pattern(name).finditer(self.source.code), _MAX_ROWS):
                    start = self.source.chain_start(match.start())
                    receiver = self.source.code[start : match.start()].strip()
                    if self._may_be_sdk(receiver, name, shape):
                        yield self._sdk_row(vendor, shape, name, start, match.end())

    def _may_be_sdk(self, receiver: str, call: str, shape: LexicalShape) -> bool:
        names = re.findall(r"[A-Za-z_]\w*", re.sub(r"\([^()]*\)", "", receiver))
        if not names:
            return "." in call.strip("->.") or "::" in call
        last = names[-1]
        if _OWN_WRAPPER.search(last):
            return False
        if not _WEAK_CALL.match(call):
            return True
        made = self._declared(last)
        if made and any(word.rpartition(".")[2] in made for word in shape.constructors):
            return True
        if made and (_OWN_WRAPPER.search(made.strip(" ?!")) or re.search(r"ViewModel|Repository|Bloc\b", made)):
            return False
        return not _NO_SDK.match(last) and any(_SDK_WORD.search(name) for name in names)

    def _declared(self, name: str) -> str:
        """What follows the first declaration of a variable on its line: its type or value."""
        pattern = (
            rf"\b(?:val|var|let|const|final|late|mut)\b[^\n=:]{{0,60}}\b{re.escape(name)}\b\s*(?:[:=]|:=)\s*([^\n]*)"
        )
        match = self._remember("declared", name, lambda: re.search(pattern, self.source.code))
        return match[1] if match else ""

    def _sdk_row(self, vendor: Vendor, shape: LexicalShape, name: str, start: int, end: int) -> LexicalCall:
        seller = self._rerouted() or vendor
        made = any(self._makes(word) for word in shape.constructors)
        kind = "gateway-call" if seller.category == "gateway" else shape.kind
        first, last = self.source.function(start)
        args = self._arguments(end)
        return LexicalCall(
            self.source.span(start, end),
            seller.inventory,
            kind,
            f"{vendor.id}:{name.strip('->')}",
            _operation(name, shape.operation),
            model=self._model(first, last),
            output_cap=self._mentions(shape.output_cap) or (False if made else None),
            timeout=True if self._within(_TIMEOUT, first, last) else self._timeout(shape) or (False if made else None),
            retry=None if self._within(_RETRY, first, last) else shape.retry or None,
            in_loop=self._in_loop(start),
            client_side=self.device,
            user_input=True if self.device and self._takes(first, args) else None,
            usage=self._usage_in(first, last),
            timer=self.timer,
            streams=bool(self._within(_STREAMS, first, last)),
        )

    def _usage_in(self, first: int, last: int) -> bool | None:
        """Whether the usage of a function's call is read, in it or by a helper of its file."""
        if self._within(_USAGE, first, last):
            return True
        asked = not self._within(_STREAMS, first, last) or bool(_ASKS_USAGE.search(self.source.visible))
        return True if self.usage and asked else None

    def _rerouted(self) -> Vendor | None:
        """The vendor that the SDK is pointed at by an address of the file; None where it keeps its own."""
        others = {a.vendor.id: a.vendor for a in self.addresses if a.wire is None}
        return next(iter(others.values())) if len(others) == 1 else None

    def _makes(self, constructor: str) -> bool:
        name = re.escape(constructor)
        pattern = rf"\b{name}\s*(?:<[^<>()]*>)?\s*[({{]|\b{name}::"
        return self._remember("makes", constructor, lambda: bool(re.search(pattern, self.source.code)))

    def _mentions(self, names: Iterable[str]) -> bool | None:
        """Whether a setting of one of these names is given somewhere in the file."""

        def found(name: str) -> bool:
            return bool(re.search(rf"(?<!\w){re.escape(name)}[\"']?\s*\)?\s*(?::|=(?!=)|\(|,)", self.source.visible))

        return True if any(self._remember("mentions", n, lambda n=n: found(n)) for n in names) else None  # type: ignore[misc]

    def _timeout(self, shape: LexicalShape) -> bool | None:
        return self._mentions(shape.timeout)

    def _arguments(self, end: int) -> str:
        opening = end - 1
        return (
            self.source.code[opening : self.source.closing(opening)][:2000] if self.source.code[opening] in "({" else ""
        )

    def _takes(self, function: int, args: str) -> bool:
        """Whether the function's own parameter of text stands in the arguments."""
        header = self.source.code[function : function + 600].partition("{")[0]
        names = re.findall(r"(\w+)\s*:\s*(?:String|&str)\b|\bString\s+(\w+)", header)
        return any(re.search(rf"\b{a or b}\b", args) for a, b in names)

    def _model(self, first: int, last: int) -> str:
        """The model that the function names, else the only one of a file with one request; "" where that is not clear."""
        found = set(self._within(_MODEL, first, last))
        if not found and sum(address.wire is not None for address in self.addresses) < 2:
            found = set(self._within(_MODEL, 0, len(self.source.visible)))
        return found.pop() if len(found) == 1 else ""

    def _in_loop(self, position: int) -> bool | None:
        first, _ = self.source.function(position)
        for character, at in self.source.enclosing(position):
            if at < first:
                return False
            header = self.source.header(at) if character == "{" else ""
            if _FUNCTION_HEADER.search(header):  # Swift's labels may be called `for`
                return False
            if re.search(
                r"\b(?:for|foreach|while|loop|repeat)\b|\.(?:forEach|map|for_each|each)\s*\Z", header.rstrip()
            ):
                return True
        return False

    # ------------------------------------------------------------------- HTTP

    def _addresses(self) -> Iterator[_Address]:
        for literal in self.source.literals:
            if "." not in literal.text or len(literal.text) > 600:
                continue
            text = literal.template.strip()
            bare = re.match(r"(?:https?://|wss?://)|[\w-]+(?:\.[\w-]+)+(?:/|\Z)", text)
            found = self.catalog.vendor_of_url(text) if bare else None
            if found is not None and found[0].category in ("vendor", "gateway", "local"):
                yield _Address(literal.start, found[0], found[2], text)

    def http_calls(self) -> Iterator[LexicalCall]:
        for address in (*self.addresses, *self._relative()):
            for position, wire in self._uses(address):
                for sent in self._sends(position):
                    yield self._http_row(address.vendor, wire, *sent)

    def _relative(self) -> Iterator[_Address]:
        """Paths that name an operation while the host stands elsewhere: `@POST("v1/chat/completions")`."""
        for literal in self.source.literals:
            path = literal.template.strip()
            vendor = self._vendor_by_words() if len(path) < 100 and _RELATIVE.match(path) else None
            wire = self.catalog.wire_of(vendor, "/" + path.lstrip("/")) if vendor else None
            if vendor and wire:
                yield _Address(literal.start, vendor, wire, path)

    def _vendor_by_words(self) -> Vendor | None:
        """The vendor that the file names: by the only address in it, else by the only vendor's name in its words."""
        return self._remember("vendor", "", self._named_vendor)

    def _named_vendor(self) -> Vendor | None:
        hosts = {address.vendor.id: address.vendor for address in self.addresses}
        if not hosts:
            words = (self.source.path.rpartition("/")[2] + self.source.visible).lower()
            sellers = [v for v in self.catalog.vendors if v.category in ("vendor", "gateway") and v.wires]
            hosts = {v.id: v for v in sellers if v.id.replace("-", "") in words}
            if not hosts:  # by the name of a family of models
                families = {v.id: [p[:-1] for p in v.model_prefixes if p.endswith("-") and len(p) > 3] for v in sellers}
                hosts = {v.id: v for v in sellers if any(family in words for family in families[v.id])}
        return next(iter(hosts.values())) if len(hosts) == 1 else None

    def _sends(self, position: int) -> Iterator[tuple[int, int]]:
        """Where a request is sent whose address stands at a position: here, or where its function's result is sent."""
        declared = _ANNOTATED.search(self.source.code, max(0, position - 40), position)
        if declared:
            yield declared.start(), position
            return
        sent = self._sent(position)
        if sent is not None:
            yield sent
            return
        builder = self._builder(position)
        if not builder:
            return
        first, last = self.source.function(position)
        for match in islice(re.finditer(rf"\b{re.escape(builder)}\b", self.source.code), 50):
            begin, end = self.source.function(match.start())
            if (first <= match.start() < last and (first, last) != (0, len(self.source.code))) or (begin, end) == (
                0,
                len(self.source.code),
            ):
                continue
            found = _SEND[self.language].search(self.source.code, begin, end)
            if found is not None and self._spend():
                yield self.source.chain_start(found.start()), found.end()

    def _builder(self, position: int) -> str:
        """The name of the function or property that makes a request around a position; "" where it makes none."""
        for character, at in self.source.enclosing(position):
            header = self.source.header(at) if character == "{" else ""
            if match := _REQUEST_MAKER.search(header):
                return match[1]
        return ""

    def _uses(self, address: _Address, depth: int = 0) -> Iterator[tuple[int, Wire]]:
        """Where an address with its operation stands: the literal, or the places of the variable that holds it."""
        name = self._variable(address.start)
        path = re.sub(r"^(?:\w+://)?[^/]*", "", address.text)
        if address.wire is not None and address.wire.billable:
            yield address.start, address.wire
        elif not _BASE_PATH.match(path):
            return
        elif (literal := self._literals.get(address.start)) and (rest := self._following(literal.end)):
            wire = self.catalog.wire_of(address.vendor, path.rstrip("/") + "/" + rest.lstrip("/"))
            if wire is not None:
                yield address.start, wire
        if not name or depth > 2:
            return
        for at, rest in self._references(name, address.start):
            if address.wire is not None:
                if address.wire.billable:
                    yield at, address.wire
                held = _Address(at, address.vendor, address.wire, address.text)
                if self._variable(at) not in ("", name):
                    yield from self._uses(held, depth + 1)
            elif rest and (wire := self.catalog.wire_of(address.vendor, path.rstrip("/") + "/" + rest.lstrip("/"))):
                yield from self._uses(_Address(at, address.vendor, wire, address.text), depth + 1)

    def _following(self, position: int) -> str:
        """The path in the literal that comes next, as in `Uri.https(host, "/v1/x")`; "" where none does."""
        near = next((self._literals[p] for p in range(position, position + 12) if p in self._literals), None)
        return _path(near) if near else ""

    def _variable(self, position: int) -> str:
        """The variable that the expression at a position is assigned to, through constructors of addresses; "" for none."""
        match = _ASSIGNED.search(self.source.code[max(0, position - 240) : position])
        if match is None or (match["sep"] == "=>" and self.language not in ("csharp", "dart")):
            return ""
        return match["name"]

    def _references(self, name: str, start: int) -> Iterator[tuple[int, str]]:
        """The uses of a variable in code and inside interpolated strings, each with the path that is appended to it."""
        first, last = self.source.function(start)
        escaped = re.escape(name)
        literals = self._literals
        for match in re.compile(rf"\b{escaped}\b").finditer(self.source.code, first, last):
            at = match.start()
            if start - 240 < at < start:  # the declaration itself
                continue
            if not self._spend():
                return
            after = re.match(r"\s*(?:\+|\.)\s*", self.source.code[match.end() : match.end() + 40])
            joined = literals.get(match.end() + after.end()) if after else None
            yield at, _path(joined) if joined else self._following(match.end())
        for literal in self.source.literals:
            if first <= literal.start < last and name in literal.text:
                if not self._spend():
                    return
                if (inner := _interpolation(name, literal)) is not None:
                    yield literal.start, inner

    def _sent(self, position: int) -> tuple[int, int] | None:
        """The expression that sends the request whose address stands at a position: its start and the end of its call."""
        code = self.source.code
        building = False
        for character, at in self.source.enclosing(position):
            if character == "{":
                break
            callee = _CALLEE.search(code[max(0, at - 120) : at])
            if character != "(" or callee is None:
                continue
            name = at - (len(code[max(0, at - 120) : at]) - callee.start())
            if callee[1] in _DIRECT and (callee[1] != "Post" or self.language == "go"):
                return self.source.chain_start(name), at + 1
            building = building or callee[1] in _BUILDS
        holds = bool(self._variable(position))
        if not (building or holds):
            return None
        _, last = self.source.function(position)
        match = _SEND[self.language].search(code, position, last)
        if match is None or not (building or self._request_between(position, match.start())):
            return None
        start = self.source.chain_start(match.start())
        return start, match.end()

    def _request_between(self, first: int, last: int) -> bool:
        """Whether a request is built between an address and what sends."""
        return bool(re.search(rf"\b(?:{'|'.join(sorted(_CLEAR_BUILDS))})\b", self.source.code[first:last]))

    def _http_row(self, vendor: Vendor, wire: Wire, start: int, end: int) -> LexicalCall:
        first, last = self.source.function(start)
        caps = wire.parameters.get("output_cap")
        prompts = wire.parameters.get("prompt")
        here = _leaves(prompts.paths.get("", ()) if prompts else ())
        body_here = self._mentions(here)
        capped = self._mentions(_leaves(caps.paths.get("", ()))) if caps else False
        timed = bool(self._within(_TIMEOUT, 0, len(self.source.visible)))
        return LexicalCall(
            self.source.span(start, end),
            vendor.inventory,
            "gateway-call" if vendor.category == "gateway" else "http-call",
            f"{vendor.id}:http.{wire.operation}",
            wire.operation,
            model=self._model(first, last),
            output_cap=capped or (False if body_here else None) if caps else False,
            timeout=timed,
            retry=None if self._within(_RETRY, first, last) else "none",
            in_loop=self._in_loop(start),
            client_side=self.device,
            usage=self._usage_in(first, last),
            timer=self.timer,
            streams=bool(self._within(_STREAMS, first, last)),
            client_here=bool(_MAKES_SENDER.search(self.source.code.replace("retrofit2.http", ""))),
        )

    # ------------------------------------------------------------------- evidence

    def evidence(self) -> Iterator[LexicalCall]:
        """What this file tells of calls in other files: a client with its settings, a reading of token usage."""
        for vendor, shape in self.shapes():
            if any(self._makes(word) for word in shape.constructors):
                found = LexicalCall(self.source.span(0, 0), vendor.inventory, "evidence", "constructor", "other")
                yield replace(
                    found,
                    output_cap=bool(self._mentions(shape.output_cap)),
                    timeout=bool(self._timeout(shape)),
                    model=self._model(0, 0),
                    client_side=self.device,
                )
        if self.usage:
            asks = bool(_ASKS_USAGE.search(self.source.visible))
            yield LexicalCall(self.source.span(0, 0), "", "evidence", "usage", "other", usage=True, streams=asks)
        if _STANDS_IN.search(self.source.code):
            yield LexicalCall(self.source.span(0, 0), "", "evidence", "fallback", "other")


def _call_pattern(name: str) -> re.Pattern[str]:
    """The call of a name such as `generateContent`, `chat().create` or `->generate`, at its dot or first letter."""
    bare = name.removeprefix("->")
    parts = re.split(r"(\(\)|\.|->|::)", bare)
    spelled = "".join(
        r"\s*\(\s*\)"
        if p == "()"
        else r"\s*(?:\?|!!?)?\s*" + re.escape(p) + r"\s*"
        if p in (".", "->", "::")
        else re.escape(p)
        for p in parts
        if p
    )
    before = (
        r"(?:\?\.|!!\.|\.|->|::|&\.)\s*"
        if len([p for p in parts if p]) == 1
        else r"(?:(?:\?\.|!!\.|\.|->|::)\s*|(?<![\w.]))"
    )
    return re.compile(rf"{before}{spelled}\s*(?:<[^<>()]*>\s*)?[({{]")


def _operation(name: str, default: str) -> str:
    lower = name.lower()
    for word, operation in (
        ("embed", "embeddings"),
        ("image", "image"),
        ("transcri", "audio"),
        ("speech", "speech"),
        ("responses", "responses"),
    ):
        if word in lower:
            return operation
    return default


def _path(literal: Literal) -> str:
    """A literal's text if it may be the rest of an address."""
    text = literal.template
    return text if text.startswith(("/", HOLE, "v1", "chat", "completions", "messages", "models")) else ""


def _leaves(paths: Iterable[object]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(getattr(p, "path", p)).rpartition(".")[2] for p in paths))


def _interpolation(name: str, literal: Literal) -> str | None:
    """What follows an interpolated variable in a string (`"$BASE/chat"` gives `/chat`); None where it is not in it."""
    match = re.search(rf"(?:\$\{{?|\\\(|#\{{|\{{)\s*(?:[\w.:]+[.:])?{re.escape(name)}\s*[}})]?", literal.text)
    if match is None or (literal.text[match.end() : match.end() + 1] or "/") not in "/:?":
        return None
    tail = Literal(0, 0, literal.text[match.end() :]).template
    return tail or HOLE
