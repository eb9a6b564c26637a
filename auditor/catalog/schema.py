"""What the catalog says about vendors, SDKs, gateways and transports: typed data, filled from YAML by `load.py`.

The model is a very small type system. A *type* is a class of an SDK (a client, a chat session, a framework's model);
a *call* is a function or method; both carry *parameters* by role (`output_cap`, `timeout`, ...), each with the places
where that role's value may stand in the arguments. Linking evaluates code to "an object of type T made with these
arguments" and asks the catalog what its members are; a parameter is in force if the call gives it, else the object that
it is called on, else the object which that one came from, and so on.

Argument paths: `name` (keyword), `#0` (position), `name.inner` / `#0.inner` (a key of a mapping, an attribute of a
constructed config object, a keyword of the call that made it; `#0.#0.inner` goes into the first argument of the call
that made the first argument). `json.dumps(x)` and `JSON.stringify(x)` are seen through; `=openai.api_base` is what the
code assigns to that attribute of a module. Symbols: Python's dotted import path (`openai.AsyncOpenAI`),
in JavaScript `<package>:<export>` (`openai:default`, `@ai-sdk/openai:createOpenAI`), where the export `*` is
the module itself (`ai:*`) and a global is spelled `global:fetch`. A symbol with `**` matches any
number of segments (`langchain_openai.**.ChatOpenAI`, `@langchain/**:ChatOpenAI`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from auditor.lazily import dataclass

PARAMETER_ROLES = (
    "output_cap",  # most output tokens
    "timeout",  # seconds for one request
    "retries",  # how often a failed request is tried again
    "model",
    "base_url",
    "api_key",
    "fallback",  # other models or routes, tried on failure
    "prompt",  # messages, contents, input
    "url",  # transports: the address
    "body",  # transports: the request body
    "headers",
    "signal",  # JavaScript: an AbortSignal
    "max_steps",  # agents: most turns
    "tools",  # what makes a request that may take `default_steps` turns of one that takes one
    "usage_sink",  # callbacks, metadata, observers that record usage
    "stream",
    "models",  # objects that hold models: agents, chains, routers
    "provider",  # gateways: which vendor
    "cache",
    "budget",  # a spend limit that the library itself keeps
    "tools",  # agents: what the model may use between its turns
    "method",  # transports: the HTTP method
)


@dataclass(frozen=True, slots=True)
class ArgPath:
    """One place of a role in the arguments. `when` limits it to versions of a package: `npm:ai>=5`, `pypi:openai<1`."""

    path: str
    when: str = ""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A role's places by language and its default. A `default` of None: the SDK sets none. `unit`: s | ms | "" .

    Languages are `python` and `javascript` (which covers TypeScript); a wire's body keys stand under "".
    """

    paths: Mapping[str, tuple[ArgPath, ...]] = field(default_factory=dict)
    unit: Mapping[str, str] = field(default_factory=dict)
    default: float | None = None
    required: bool = False  # of a type's model: without it there is no row
    counts: str = "retries"  # retries (beside the first try) | attempts (all tries)


@dataclass(frozen=True, slots=True)
class CallShape:
    """A function, or a method of a type.

    `row`: calling it sends a billable request and is an inventory row. `invokes`: it sends through the framework models
    that its receiver or arguments hold (LangChain's `invoke`); no row of its own.
    `returns`: the id of the type that it returns ("self" for the receiver's), with the arguments as overrides.
    `rejected`: paths that this API rejects or ignores although a sibling accepts them, by role. `fed_by`: ends of the calls
    that give it its prompt beforehand (`messages.create` of a thread).
    """

    id: str  # unique: "<vendor file id>/<name>"
    vendor: str
    symbols: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # language -> symbols, for plain functions
    operation: str = ""  # one of load.OPERATIONS
    kind: str = ""  # sdk-call | http-call | framework-model | gateway-call
    row: bool = True
    invokes: bool = False
    returns: str = ""
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    rejected: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    vendor_from: str = ""  # "" | base_url | model | provider | url | receiver
    retry: str = ""  # default retry behaviour: none | sdk-default ; "" = the receiver's
    usage: tuple[str, ...] = ()  # attributes of the answer that hold token usage
    streaming: bool = False
    default_steps: int | None = None  # agents: the framework's own bound on turns; 0: it has none; None: no turns
    http_method: str = ""  # transports: POST, UPGRADE (web sockets), or "" where an argument decides
    where: Mapping[str, tuple[str, ...]] = field(
        default_factory=dict
    )  # argument paths that must equal one of these texts
    takes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # argument path -> ids of the types it must hold
    text_model_vendor: str = ""  # the vendor where the model is given as plain text (Vercel AI SDK: its gateway)
    records_usage: bool = False  # calling it with (or on) something makes that thing's token usage recorded
    instruments: tuple[str, ...] = ()  # vendors whose calls are recorded from then on, in the whole process; "*": all
    fed_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TypeShape:
    """A class of an SDK. `model`: constructing it is an inventory row of kind framework-model.

    `members` maps a dotted member path (`chat.completions.create`) to a call; `transparent` lists members that only lead
    on to the same object (`beta`, `aio`, `with_raw_response`).
    With `vendor_from: model` such a row exists only where the model is named by a text, not where it is an object.
    A stop condition is a type whose `max_steps`, `budget` or `timeout` ends the turns; without one it never surely does.
    `wraps`: paths of arguments that hold another client which this object stands for (`instructor.from_openai(client)`).
    `holds`: paths of arguments that hold providers or models by name, out of which a method picks one.
    """

    id: str
    vendor: str
    symbols: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    kind: str = ""
    model: bool = False
    operation: str = ""
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    members: Mapping[str, CallShape] = field(default_factory=dict)
    transparent: tuple[str, ...] = ()
    wraps: tuple[str, ...] = ()
    holds: tuple[str, ...] = ()
    vendor_from: str = ""
    retry: str = "sdk-default"
    usage: tuple[str, ...] = ()
    is_async: bool = False
    default_steps: int | None = None
    callable: CallShape | None = None  # calling the object itself (`llm(prompt)`, `openai("gpt-4o")`)
    where: Mapping[str, tuple[str, ...]] = field(
        default_factory=dict
    )  # constructor arguments that must equal one of these
    records_usage: bool = False  # an observer, or a client that reports its own token usage to one
    instruments: tuple[str, ...] = ()  # observers: vendors whose calls it records once made; "*": all
    text_model_vendor: str = ""


@dataclass(frozen=True, slots=True)
class SubclassShape:
    """What a framework runs of the methods that subclasses of its classes define, by what their objects are asked for."""

    of: tuple[str, ...]  # Python symbols of the framework's classes, `**` for any path
    runs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # the first that there is: "invoke" -> "_call"


@dataclass(frozen=True, slots=True)
class HostPattern:
    """A host (`api.openai.com`, `*.openai.azure.com`), perhaps with a path prefix (`api.cloudflare.com/client/v4/accounts/*/ai`)."""

    pattern: str
    status: str = "official"  # official | retired | trial
    source: str = ""
    seen: str = ""


@dataclass(frozen=True, slots=True)
class Wire:
    """An HTTP operation of a vendor: which URL paths, and where the body holds what."""

    paths: tuple[str, ...]  # ends of the URL path, globs allowed: "/chat/completions", ":generateContent", "/models/*"
    operation: str
    parameters: Mapping[str, Parameter] = field(default_factory=dict)  # paths are keys of the JSON body: "max_tokens"
    usage: tuple[str, ...] = ("usage",)
    billable: bool = True
    id: str = ""  # "<vendor file id>/<name>"
    model_path: str = ""  # where the URL names the model, as "*": "/models/*:"


@dataclass(frozen=True, slots=True)
class LexicalShape:
    """How the vendor's SDK looks in a language that is read as text only: import, constructor, call, cap."""

    languages: tuple[str, ...]  # kotlin | java | swift | dart | go | rust | csharp | ruby | php
    imports: tuple[str, ...]  # literals, one of which must stand in the file
    calls: tuple[str, ...]  # names of the methods or functions that send a request
    constructors: tuple[str, ...] = ()
    operation: str = "chat"
    kind: str = "sdk-call"
    output_cap: tuple[str, ...] = ()
    timeout: tuple[str, ...] = ()
    retry: str = ""


@dataclass(frozen=True, slots=True)
class KeyPattern:
    """The shape of a credential, with its source and the date it was seen.

    `regex` has no boundaries of its own (look-arounds are added); `anchor` is a literal that every match contains.
    `certainty`: prefix (recognisable alone) | semi (shared by several vendors) | context (needs the vendor nearby).
    `validator` names a structure check of `readers/secrets` (crc32-github, base64-bedrock, jwt, azure-84 ...).
    """

    id: str
    vendor: str
    regex: str
    anchor: str = ""
    certainty: str = "prefix"
    validator: str = ""
    public_prefix: str = ""  # what may be shown
    env: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    words: tuple[str, ...] = ()  # vendor words that count as context
    elsewhere: tuple[str, ...] = ()  # words near a key that say it is for another, public service of the vendor (maps)
    severity: str = "blocker"
    revoke: str = ""  # the vendor's page for revoking
    source: str = ""
    seen: str = ""
    notes: str = ""


@dataclass(frozen=True, slots=True)
class FreeTier:
    """A free tier, trial or retired offer, with what in code shows it. Published limits age: `seen` is their date."""

    id: str
    vendor: str
    why: str
    models: tuple[str, ...] = ()  # globs on model ids: "*:free"
    hosts: tuple[str, ...] = ()
    symbols: tuple[str, ...] = ()
    certainty: str = "high"
    retired: bool = False
    requests_per_minute: float | None = None
    requests_per_day: float | None = None
    tokens_per_minute: float | None = None
    tokens_per_day: float | None = None
    requests_per_month: float | None = None
    credit_usd: float | None = None
    resets: str = ""  # "00:00 UTC", "midnight Pacific"
    may_train: bool | None = None  # terms allow logging or training on the content
    source: str = ""
    seen: str = ""


@dataclass(frozen=True, slots=True)
class Vendor:
    """One YAML file: a vendor, gateway, local server, framework or transport."""

    id: str
    title: str
    category: str  # vendor | gateway | local | framework | transport | observer
    inventory: str  # the name in inventory rows, "other:<id>" where the schema has none
    billed: bool = True
    packages: Mapping[str, tuple[str, ...]] = field(
        default_factory=dict
    )  # pypi | npm | crates | maven | pub | swift | go | nuget
    imports: tuple[str, ...] = ()  # top-level import names, literals of the prefilter
    hosts: tuple[HostPattern, ...] = ()
    key_env: tuple[str, ...] = ()
    base_url_env: tuple[str, ...] = ()
    base_url: str = ""  # of the OpenAI-compatible endpoint
    openai_compatible: bool | None = None
    model_prefixes: tuple[str, ...] = ()  # "openai/" in gateways' model ids, "gpt-" ...
    types: tuple[TypeShape, ...] = ()
    calls: tuple[CallShape, ...] = ()
    subclasses: tuple[SubclassShape, ...] = ()
    wires: tuple[Wire, ...] = ()
    keys: tuple[KeyPattern, ...] = ()
    free_tiers: tuple[FreeTier, ...] = ()
    aliases: tuple[str, ...] = ()  # unpinned model aliases: globs
    deprecated_models: tuple[str, ...] = ()  # what the vendor no longer serves: globs
    ending_models: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # the announced last day -> globs
    provider_names: tuple[str, ...] = ()  # how other tools name it: litellm's "gemini/", pydantic-ai's "google-gla:"
    own_paths: tuple[str, ...] = ()  # globs on the ends of URL paths that tell this API where the host is not known
    records_usage: bool = False  # a gateway that is there to keep the usage of what goes through it
    common_word: bool = False  # its import names are everyday words: the prefilter wants them beside `import` or `from`
    copied: bool = False  # other servers and libraries copy the shape of its client
    everyday: tuple[str, ...] = ()  # the same for some of its import names
    literals: tuple[str, ...] = ()  # more texts that show it, for the prefilter
    lexical: tuple[LexicalShape, ...] = ()
    docs: str = ""
    spend_limit: str = ""  # how the vendor itself limits spend
    spend_alerts: tuple[str, ...] = ()  # resources of infrastructure as code that tell somebody of its bill: globs
    sources: tuple[tuple[str, str], ...] = ()  # (address, date seen)


@dataclass(frozen=True, slots=True)
class ResellerPattern:
    """A host or package that sells or shares somebody else's access without the vendor's word, or imitates its web app."""

    id: str
    why: str
    kind: str = "reseller"  # reseller | shared-key-proxy | reverse-engineered
    hosts: tuple[str, ...] = ()
    symbols: tuple[str, ...] = ()  # import names (Python) and npm packages
    certainty: str = "high"
    source: str = ""
    seen: str = ""
    keys: tuple[KeyPattern, ...] = ()  # shapes of the keys that it gives out
