"""What linking knows of the languages' own libraries: functions through which a value passes unchanged, or is called.

Data only, by symbol. Vendors' SDKs are the catalog's business; web frameworks are `routes`'.
"""

from __future__ import annotations

PASSES = {
    # symbol -> index of the argument that the call gives back (as far as linking asks)
    "typing.cast": 1,
    "asyncio.wait_for": 0,
    "asyncio.shield": 0,
    "asyncio.create_task": 0,
    "asyncio.ensure_future": 0,
    "asyncio.run": 0,
    "anyio.run": 0,
    "async_timeout.timeout": 0,
    "copy.copy": 0,
    "copy.deepcopy": 0,
    "str": 0,
    "int": 0,
    "float": 0,
    "iter": 0,
    "next": 0,
    "aiter": 0,
    "anext": 0,
    "tuple": 0,
    "list": 0,
    "set": 0,
    "sorted": 0,
    "reversed": 0,
    "frozenset": 0,
    "types.MappingProxyType": 0,
    "contextlib.closing": 0,
    "contextlib.aclosing": 0,
    "contextlib.nullcontext": 0,
    "asgiref.sync.sync_to_async": 0,
    "asgiref.sync.async_to_sync": 0,
    "functools.lru_cache": 0,
    "functools.cache": 0,
    "functools.cached_property": 0,
    "dataclasses.asdict": 0,
    "dataclasses.replace": 0,
    "pydantic.SecretStr": 0,
    "pathlib.Path": 0,
    "yarl.URL": 0,
    "httpx.URL": 0,
    "global:Object.freeze": 0,
    "global:Object.seal": 0,
    "global:String": 0,
    "global:Number": 0,
    "global:parseInt": 0,
    "global:parseFloat": 0,
    "global:BigInt": 0,
    "global:structuredClone": 0,
    "global:encodeURI": 0,
    "global:Promise.resolve": 0,
    "global:Promise.race": 0,
    "react:useCallback": 0,
    "react:cache": 0,
    "react:memo": 0,
    "vue:ref": 0,
    "vue:reactive": 0,
    "vue:shallowRef": 0,
    "util:promisify": 0,
    "node:util:promisify": 0,
    "svelte/store:writable": 0,
    "svelte/store:get": 0,
    "next/cache:unstable_cache": 0,
}

CALLS = {
    # symbol -> index of the function that is called; the arguments after it are its own
    "asyncio.to_thread": 0,
    "anyio.to_thread.run_sync": 0,
    "starlette.concurrency.run_in_threadpool": 0,
    "fastapi.concurrency.run_in_threadpool": 0,
    "fastapi.Depends": 0,
    "fastapi.params.Depends": 0,
    "fastapi.Security": 0,
    "attr.Factory": 0,
    "attrs.Factory": 0,
    "map": 0,
    "functools.reduce": 0,
    "react:useMemo": 0,
    "vue:computed": 0,
    "trio.to_thread.run_sync": 0,
}

CALLS_BY_METHOD = {
    # method of an external object -> index of the function that it runs with the arguments after it
    "run_in_executor": 1,
    "submit": 0,
    "schedule": 0,  # Bottleneck
    "apply_async": 0,
    "run_sync": 0,
    "map": 0,
    "imap": 0,
    "imap_unordered": 0,
    "starmap": 0,
    "add_task": 0,
    "run_in_threadpool": 0,
}

DEFERRED = frozenset(
    # methods of a function's wrapper (Celery, dramatiq, Modal, Prefect ...) that run the function with these arguments
    {"delay", "apply_async", "s", "si", "send", "send_with_options", "remote", "spawn", "submit", "map", "starmap",
     "aremote", "call", "apply", "bind", "kiq", "func", "fn", "__wrapped__", "local", "retry", "enqueue"}
)  # fmt: skip

REPORTS_ERRORS = (
    # calls from which on a service is told of the errors of the whole process
    "sentry_sdk.init", "@sentry/node:init", "@sentry/nextjs:init", "@sentry/bun:init", "@sentry/deno:init", "@sentry/serverless:init",
    "@sentry/aws-serverless:init", "@sentry/cloudflare:withSentry", "@sentry/sveltekit:init", "@sentry/remix:init",
    "rollbar.init", "bugsnag.configure", "newrelic.agent.initialize", "ddtrace.patch_all", "elasticapm.instrument",
    "logfire.configure", "honeybadger.configure", "@honeybadger-io/js:configure", "@bugsnag/js:start", "dd-trace:init",
    "dd-trace:default.init", "azure.monitor.opentelemetry.configure_azure_monitor", "highlight_io.H", "appsignal.start",
    "@opentelemetry/sdk-node:NodeSDK", "@vercel/otel:registerOTel",
)  # fmt: skip

RECORDS_OUTCOMES = (
    # calls that record how a task ended beside what it cost
    "langfuse.Langfuse.score", "langfuse.Langfuse.create_score", "langsmith.Client.create_feedback",
)  # fmt: skip

RECORDS_OUTCOME_METHODS = frozenset(
    {"create_score", "create_feedback", "score_current_trace", "score_trace", "createFeedback"}
)

RETRY_LOGS = {
    # what retries -> its arguments that are told of each attempt
    "retry": ("before_sleep", "after", "on_retry", "onFailedAttempt", "onRetry"),
    "Retrying": ("before_sleep", "after"),
    "AsyncRetrying": ("before_sleep", "after"),
    "on_exception": ("on_backoff", "on_giveup"),
    "on_predicate": ("on_backoff", "on_giveup"),
}

LOADS_SETTINGS = frozenset(
    # calls that give a configuration file as a mapping
    {"yaml.safe_load", "yaml.load", "yaml.full_load", "json.load", "toml.load", "tomllib.load", "tomli.load",
     "rtoml.load", "configparser.ConfigParser", "omegaconf.OmegaConf.load"}
)  # fmt: skip

OWN_ADDRESS = frozenset(
    # where the browser has the page from
    f"global:{place}location.{part}"
    for place in ("", "window.", "self.", "document.")
    for part in ("origin", "protocol", "host", "hostname", "port")
)

ENVIRONMENT = frozenset(
    # calls whose first argument names an environment variable and whose second is the default
    {"os.getenv", "os.environ.get", "os.environ.pop", "os.environ.setdefault", "os.environ.__getitem__", "decouple.config",
     "global:Deno.env.get", "global:Netlify.env.get", "google.colab.userdata.get", "kaggle_secrets.get_secret",
     "global:process.env.get", "environ.Env.str", "std-env:env.get", "global:Bun.env.get"}
)  # fmt: skip

ENVIRONMENT_MAPS = (
    # objects whose keys are environment variables
    "os.environ", "global:process.env", "global:import.meta.env", "global:Bun.env", "streamlit.secrets",
    "$env/static/private:", "$env/static/public:", "$env/dynamic/private:env", "$env/dynamic/public:env",
    "process:env", "node:process:env", "@env:",
)  # fmt: skip

COLLECTED = {
    # a class's decorator -> its attribute -> the decorator of the methods whose results it holds
    "crewai.project.CrewBase": {"agents": "crewai.project.agent", "tasks": "crewai.project.task"},
}

FIELDS_METHODS = frozenset({"model_dump", "dict", "_asdict", "to_dict", "asdict"})
"""Methods by which a dataclass or model gives its fields as a mapping."""

SESSIONS = frozenset({"streamlit.session_state", "chainlit.user_session", "nicegui.app.storage.user"})
"""Stores of a user's session: what one part of the program puts in under a name, another takes out."""

HOLDERS = frozenset(
    {"session_state", "user_session", "bot_data", "chat_data", "user_data", "extensions", "state", "app", "application"}
)
"""How mappings are called in which an application keeps its objects: `context.bot_data["llm"] = client`."""

DEFAULTS = {
    # declarations of a field or parameter -> the keywords that hold its default ("" keyword: the first argument)
    "pydantic.Field": ("default", "#0"),
    "pydantic.fields.Field": ("default", "#0"),
    "pydantic_settings.Field": ("default", "#0"),
    "sqlmodel.Field": ("default", "#0"),
    "dataclasses.field": ("default",),
    "pydantic.PrivateAttr": ("default", "#0"),
    "pydantic.fields.PrivateAttr": ("default", "#0"),
    "attr.ib": ("default",),
    "attrs.field": ("default",),
    "attr.field": ("default",),
    "typer.Option": ("default", "#0"),
    "typer.Argument": ("default", "#0"),
    "fastapi.Query": ("default", "#0"),
    "fastapi.Body": ("default", "#0"),
    "fastapi.Form": ("default", "#0"),
    "fastapi.Header": ("default", "#0"),
    "fastapi.Path": (),
    "fastapi.File": ("default", "#0"),
}

FACTORIES = frozenset({"pydantic.Field", "dataclasses.field", "attr.ib", "attrs.field", "sqlmodel.Field"})
"""Declarations that take `default_factory`."""

TEXT_METHODS = frozenset(
    # methods of a text that keep it recognisable
    {"strip", "rstrip", "lstrip", "lower", "upper", "trim", "trimEnd", "trimStart", "toLowerCase", "toUpperCase",
     "toString", "encode", "decode", "removesuffix", "removeprefix", "get_secret_value", "unicode_string", "replace",
     "valueOf", "title", "strftime", "href", "as_posix"}
)  # fmt: skip

CLIENT_WRAPPERS = frozenset({"json.dumps", "global:JSON.stringify", "orjson.dumps", "ujson.dumps", "simplejson.dumps"})
"""Serialisers: a request body inside one is still that body."""

MOCKS = (
    "unittest.mock.",
    "mock.",
    "pytest_mock.",
    "vitest:vi",
    "@jest/globals:",
    "sinon:",
    "global:jest.",
    "global:vi.",
)
"""Symbols of objects that stand in for real ones in tests."""

PASSES_TEXT = frozenset({"global:encodeURIComponent", "urllib.parse.quote", "urllib.parse.urlparse"})
"""Calls whose first argument is still the text, as far as its beginning goes."""
