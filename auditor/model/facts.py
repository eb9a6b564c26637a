"""Facts about a repository: what is there, never whether that is good. Plain frozen data, JSON-able."""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum

from auditor.lazily import dataclass
from auditor.model.location import Span, Trace
from auditor.model.setting import Absent, Setting


class Role(StrEnum):
    """What a file is for; decides how much a finding in it weighs."""

    APP = "app"
    TEST = "test"
    EXAMPLE = "example"
    DOCS = "docs"


class Certainty(StrEnum):
    """How sure a link between two facts is; a path is as certain as its weakest link."""

    SURE = "sure"
    LIKELY = "likely"
    GUESS = "guess"


@dataclass(frozen=True, slots=True)
class Unread:
    """Something that should have been read and was not: a file that does not parse, a limit that was hit."""

    path: str
    reason: str
    line: int | None = None


# --------------------------------------------------------------------------- calls


@dataclass(frozen=True, slots=True)
class Retry:
    """How a failed call is tried again. `attempts` counts all tries (1 = no retry), None where it is not known."""

    kind: str  # none | sdk-default | explicit | unbounded
    attempts: int | None = None
    backoff: bool = False
    layers: tuple[str, ...] = ()  # what multiplies: "sdk", "tenacity", "loop" ...
    sdk: int | None = None  # the tries among them that the SDK itself makes each time, where that is known
    sdk_default: bool = False  # ... and whether that is its default


@dataclass(frozen=True, slots=True)
class Fallback:
    """Another route that is tried on failure. `vendors` names the other routes' vendors where they are known."""

    mechanism: str  # try-except | loop | router | framework | gateway | ...
    vendors: tuple[str, ...] = ()
    independent: bool | None = None  # another vendor than the first route's; None: not known


@dataclass(frozen=True, slots=True)
class Loop:
    """The loop that repeats a call within one unit of work. `limit` is the most passes, where it is a constant."""

    kind: str = "none"  # none | bounded | per-item | unbounded
    at: Span | None = None
    limit: int | None = None
    why: str = ""
    trace: Trace = ()


@dataclass(frozen=True, slots=True)
class Spelling:
    """How this call's own API names its settings; empty where it has none. Rewrites use it."""

    output_cap: str = ""
    timeout: str = ""
    retries: str = ""


@dataclass(frozen=True, slots=True)
class LlmCall:
    """One expression that sends a billable inference request (for a framework model: its construction)."""

    at: Span
    vendor: str  # catalog id, or "other:<name>"
    kind: str  # sdk-call | http-call | framework-model | gateway-call
    api: str  # the call's name in the catalog, such as "openai.OpenAI.chat.completions.create"
    operation: (
        str  # chat | responses | completion | embeddings | image | audio | speech | video | agent | rerank ... | other
    )
    role: Role
    language: str
    function: str  # id of the enclosing function, or the module's id
    client_side: bool | None = False
    client: Span | None = None
    model: Setting[str] = field(default_factory=Absent)
    model_status: str = ""  # "" | alias (the vendor moves it to newer models) | deprecated (retired)
    model_ends: str = ""  # the day after which the vendor serves it no longer, where one is announced: "2027-01-14"
    base_url: Setting[str] = field(default_factory=Absent)
    output_cap: Setting[int | None] = field(default_factory=Absent)
    cap_applies: bool = True  # False for embeddings, speech-to-text: an output cap has no meaning
    timeout: Setting[float | None] = field(default_factory=Absent)
    retry: Setting[Retry] = field(default_factory=Absent)
    fallback: Setting[Fallback] = field(default_factory=Absent)
    usage: Setting[str] = field(default_factory=Absent)
    loop: Loop = field(default_factory=Loop)
    recursive: bool = False
    user_input: bool | None = False
    operator_input: bool = False  # all of the people's text that is seen stands on a command line
    scheduled: bool | None = False
    reachable: bool | None = True  # False: nothing reaches the function (dead code)
    streaming: bool = False
    error_handling: str = ""  # "" | handled | swallowed | quota-aware
    user_controls_limits: bool = False  # model or cap comes from the end user's request
    key_from_request: bool = False  # every request brings the key it is paid with; none of the program's own stands in
    history: str = ""  # "" | bounded | unbounded: the message list that grows
    billed: bool = True  # False for local servers
    # What the record of its usage tells of it: feature, model, user; "more" where it may hold what cannot be seen.
    attribution: tuple[str, ...] = ("more",)
    content_logged: Span | None = None  # where its prompt or answer is written to a log as it is
    spelling: Spelling = field(default_factory=Spelling)
    routes: tuple[Route, ...] = ()  # HTTP routes and handlers whose requests reach this call
    trace: Trace = ()


@dataclass(frozen=True, slots=True)
class Route:
    """An entry point that other people can call: HTTP route, bot handler, UI input, server action, CLI."""

    at: Span
    kind: str  # http | bot | ui | cli | server-action | function
    name: str  # "POST /api/chat"
    auth: Setting[str] = field(default_factory=Absent)
    rate_limit: Setting[str] = field(default_factory=Absent)
    function: str = ""


# --------------------------------------------------------------------------- credentials


@dataclass(frozen=True, slots=True)
class Credential:
    """A credential of an LLM vendor, or the reading of one through a name that ships to users. Never holds the value."""

    at: Span
    vendor: str
    kind: str  # hardcoded | env-file | client-env | client-storage | url-param | ci-file | notebook | docker | other
    placeholder: bool
    role: Role
    shape: str = ""  # catalog id of the key shape
    certainty: str = "high"  # high | medium | low
    masked: str = ""  # public prefix and last four characters
    fingerprint: str = ""  # salted hash, for identity within one run
    name: str = ""  # the variable that holds it, where there is one
    client_side: bool | None = False
    built: bool = False  # stands in a committed bundle
    tracked: bool | None = None  # the file is in the git index
    commit: str = ""  # history: the commit that introduced it
    removed_in: str = ""  # history: the commit that removed it, "" while it is still in the work tree
    allowed: str = ""  # an existing allowance (pragma, .secrets.baseline) that covers it
    encoding: str = ""  # "" | base64 | split | utf-16
    place: str = (
        ""  # notebooks: notebook-output | notebook-source ; history: in-tree | removed | other-ref | unreachable
    )
    revoke: str = ""  # the vendor's page where keys are revoked
    variable: str = ""  # the environment variable that the vendor's clients read


# --------------------------------------------------------------------------- schedules


@dataclass(frozen=True, slots=True)
class Command:
    """A shell command line that a schedule runs, and the folder it runs in (relative to the root)."""

    text: str
    at: Span
    cwd: str = ""
    env: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Target:
    """What a schedule starts, as its format names it. `kind`: command | function | file | route | image | handler | task.

    command: `command`; function: `name` is "pkg.mod:func" or "path.py:func"; file: `name` is a path; route: `name` is
    an own URL path and `method`; image: `name` is the path of a Dockerfile; handler: `name` is "path#export";
    task: a Celery-like task name; code: `at` is the span of the function expression or name in the code; queue: `name` is
    a queue whose workers run; unit, workflow, action, script: `name` is another file of the repository that says what is
    run (systemd unit, reusable workflow, composite action, npm script "path#name"); paid: `name` is a published action
    that itself calls a model; lost: `name` says why the way ends here.
    """

    kind: str
    at: Span
    name: str = ""
    method: str = ""
    command: Command | None = None
    job: str = ""  # the job or container it belongs to, where a schedule starts several with limits of their own
    time_limit: Setting[float | None] = field(default_factory=Absent)  # of this job or step alone, seconds
    overlap_guard: Setting[str] = field(default_factory=Absent)
    handed: tuple[str, ...] = ()  # entry: the functions that what makes it is given, as in `add_job(safely(digest))`


@dataclass(frozen=True, slots=True)
class Schedule:
    """Something that runs on a timer."""

    at: Span
    kind: str  # as in the inventory: github-actions, crontab, apscheduler ...
    expression: str
    targets: tuple[Target, ...] = ()
    time_limit: Setting[float | None] = field(default_factory=Absent)  # seconds
    overlap_guard: Setting[str] = field(default_factory=Absent)
    retries: Setting[int] = field(default_factory=Absent)
    item_limit: Setting[int | None] = field(default_factory=Absent)
    timezone: str = ""
    role: Role = Role.APP
    platform_limit: str = ""  # what the platform does where nothing is set, for the message
    runs_per_month: float | None = None
    known_cadence: bool = True
    secrets: tuple[str, ...] = ()  # names of key variables that the job gets
    notes: tuple[str, ...] = ()
    cadence: str = ""  # in plain notation (five or six fields, "5 minutes"), where `expression` is only descriptive
    invalid: str = ""  # why the scheduler would refuse the expression
    dormant: bool = False  # declared but switched off (suspend, DISABLED)
    replicas: int = 1  # matrix entries or instances that run each time
    endpoint_auth: Setting[str] | None = (
        None  # for schedules that request an own route: the secret it verifies; None: no route
    )
    shared_key: Setting[str] | None = None  # the key variable that interactive traffic uses too; None: reaches no call
    printed_key: Span | None = None  # where a command of the job prints a key variable
    quotas: tuple[Quota, ...] = ()  # published free limits of the routes it reaches, against its frequency


@dataclass(frozen=True, slots=True)
class Quota:
    """A published free limit that a schedule's calls count against. Published limits age: `seen` is their date.

    `used`: requests, tokens or US dollars in the period at the schedule's worst (None: not bounded or not known; `unknown`
    says why, `least` is what it uses at least). `exhausted_at`: when on its busiest day the limit is used up, such as
    "04:10 UTC"; "" where it is not. `text`: all of that in one sentence.
    """

    provider: str
    limit: float
    period: str  # minute | day | month | once (a credit that is not given again)
    used: float | None
    exhausted_at: str = ""
    call: Span | None = None
    seen: str = ""
    source: str = ""
    why: str = ""
    unit: str = "requests"  # requests | tokens | usd
    least: float | None = None
    days: float | None = None  # credits: how long they last at list price
    exceeded: bool = False
    plan_known: bool = True  # False: only the account knows whether it is on this free plan
    unknown: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Trigger:
    """A schedule's way to the code. `calls` are the LLM calls reached; `lost` is where the way could not be followed."""

    schedule: Span
    reaches: bool | None
    calls: tuple[Span, ...] = ()
    traces: tuple[Trace, ...] = ()
    certainty: Certainty = Certainty.SURE
    lost: str = ""


# --------------------------------------------------------------------------- the rest


WATCHING = frozenset({"tracing", "error-tracking", "user-attribution", "retry-log", "fallback-log", "outcome-log"})
"""Kinds of controls that only show what happens; they hold nothing back."""


@dataclass(frozen=True, slots=True)
class Control:
    """A control that exists in the repository, whether or not it is in force for a call."""

    at: Span
    # budget-cap | alert | per-user-quota | cost-log | rate-limit | cache | gateway-config | fallback-config |
    # circuit-breaker | kill-switch; or one of `WATCHING`
    kind: str
    detail: str = ""
    in_force: bool | None = None  # on the path of at least one call
    vendor: str = ""  # whose bill it is about, where it is about one alone
    function: str = ""  # per-user-quota: the function that refuses, where that is known


@dataclass(frozen=True, slots=True)
class FreeTier:
    """A sign that the app depends on a free tier, trial credit or retired endpoint."""

    at: Span
    provider: str
    why: str
    role: Role = Role.APP
    retired: bool = False
    certainty: str = "high"
    may_train: bool | None = None  # the terms allow logging or training on what is sent
    reachable: bool | None = None  # False: it stands in code that nothing reaches


@dataclass(frozen=True, slots=True)
class Reseller:
    """A host that is neither an official vendor nor a known gateway, or a reverse-engineered client."""

    at: Span
    host: str
    why: str
    role: Role = Role.APP
    certainty: str = "high"


@dataclass(frozen=True, slots=True)
class Exposure:
    """Something that hands a paid call or key to end users' devices, other than a literal key (browser SDK override ...)."""

    at: Span
    kind: str  # browser-override | client-storage | url-key | inlined-env | logged-key
    vendor: str
    detail: str = ""
    role: Role = Role.APP
    client_side: bool | None = True
    own_key: bool = False  # the end user brings the key


@dataclass(frozen=True, slots=True)
class Dependency:
    """A declared dependency, and the version that the lock file pins."""

    at: Span
    ecosystem: str  # pypi | npm | cargo | ...
    name: str
    requirement: str = ""
    locked: str = ""


@dataclass(frozen=True, slots=True)
class EnvFile:
    """A dotenv file: whether git tracks or ignores it, and whether it is a template (`.env.example`)."""

    at: Span
    template: bool
    tracked: bool | None
    ignored: bool | None
    names: tuple[str, ...] = ()
    live_values: int = 0


@dataclass(frozen=True, slots=True)
class StatedLimit:
    """A limit of model calls that an environment template or a configuration file names. `read_at`: where a program does."""

    at: Span
    name: str
    read_at: Span | None = None
    role: Role = Role.APP


Fact = (
    LlmCall
    | Credential
    | Schedule
    | Trigger
    | Control
    | FreeTier
    | Reseller
    | Exposure
    | Dependency
    | EnvFile
    | Route
    | StatedLimit
)
