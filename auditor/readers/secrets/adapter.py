"""The only door to detect-secrets: its judgement of single values, without its scanner, its settings or its network.

What it costs elsewhere is left out on purpose. Its scanner walks every line through every plug-in (0.3 MB a second); its
verification sends the key to the vendor; its default filters drop every secret on a line shaped `name = call(...)` and
every UUID. What is right in it is used where nothing of our own is better: the AWS plug-in's pattern, and the filters that
know sequences, templates and indirect values. Only values that the prefilter kept and that no vendor's shape explains come
here, so that few runs pay for its import. Its settings are a singleton of the process: they are replaced for the moment
and put back. What it would send requests with is not loaded at all, which makes its import three times as fast.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

__all__ = ["matches_plugin", "rejects"]

_PLUGINS = {"aws": ("detect_secrets.plugins.aws", "AWSKeyDetector")}


@contextmanager
def _without_network() -> Iterator[None]:
    """While it is imported, `requests` is an empty module: only the verification of keys, never done here, uses it."""
    if "requests" in sys.modules:
        yield
        return
    sys.modules["requests"] = ModuleType("requests")
    try:
        yield
    finally:
        del sys.modules["requests"]


@contextmanager
def _quiet_settings() -> Iterator[None]:
    """No plug-in and no filter configured, hence no verification, whatever the process had set."""
    with _without_network():
        from detect_secrets.settings import transient_settings
    with _without_network(), transient_settings({"plugins_used": [], "filters_used": []}):
        yield


def rejects(value: str) -> bool:
    """Whether detect-secrets' filters call the value a sequence, a template or no text at all. Never its UUID filter."""
    try:
        with _without_network():
            from detect_secrets.filters import heuristic
    except ImportError:
        return False
    with _quiet_settings():
        return bool(
            heuristic.is_sequential_string(value)
            or heuristic.is_templated_secret(value)
            or heuristic.is_prefixed_with_dollar_sign(value)
            or heuristic.is_not_alphanumeric_string(value)
        )


def matches_plugin(name: str, value: str) -> bool:
    """Whether a plug-in's pattern takes the whole value. Asks for its patterns only: `analyze_line` may verify."""
    from importlib import import_module

    module, plugin = _PLUGINS[name]
    try:
        with _without_network():
            detector = getattr(import_module(module), plugin)()
    except (ImportError, AttributeError):
        return True  # the catalog's own pattern has matched already
    with _quiet_settings():
        return any(found == value for found in detector.analyze_string(value))
