"""Is this repository ready to move from free LLM credits to paid production, what blocks it, and what to change?

The public names of checks are importable from here (`from auditor import LlmCall, Pass, check`); they are loaded on
first use, so that `import auditor` costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from auditor.declare import Check, CheckError, Example, check, example
    from auditor.model.facts import (
        Certainty,
        Control,
        Credential,
        Dependency,
        EnvFile,
        Exposure,
        Fallback,
        FreeTier,
        LlmCall,
        Loop,
        Quota,
        Reseller,
        Retry,
        Role,
        Route,
        Schedule,
        StatedLimit,
        Trigger,
    )
    from auditor.model.location import Span, Step, Trace
    from auditor.model.repo import Repo
    from auditor.model.setting import Absent, Given, Setting, Unclear
    from auditor.model.verdict import (
        AddKeyword,
        Confidence,
        Edit,
        Fail,
        Fix,
        GuardClient,
        NotApplicable,
        Pass,
        ReplaceValue,
        Safety,
        Severity,
        Unknown,
        Verdict,
    )

__version__ = "0.1.0"

_HOMES = {
    "auditor.declare": "Check CheckError Example check example",
    "auditor.model.facts": (
        "Certainty Control Credential Dependency EnvFile Exposure Fallback FreeTier LlmCall Loop Quota Reseller Retry Role"
        " Route Schedule StatedLimit Trigger"
    ),
    "auditor.model.location": "Span Step Trace",
    "auditor.model.repo": "Repo",
    "auditor.model.setting": "Absent Given Setting Unclear",
    "auditor.model.verdict": (
        "AddKeyword Confidence Edit Fail Fix GuardClient NotApplicable Pass ReplaceValue Safety Severity Unknown"
        " Verdict"
    ),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names.split()}

__all__ = [
    "Absent",
    "AddKeyword",
    "Certainty",
    "Check",
    "CheckError",
    "Confidence",
    "Control",
    "Credential",
    "Dependency",
    "Edit",
    "EnvFile",
    "Example",
    "Exposure",
    "Fail",
    "Fallback",
    "Fix",
    "FreeTier",
    "Given",
    "GuardClient",
    "LlmCall",
    "Loop",
    "NotApplicable",
    "Pass",
    "Quota",
    "ReplaceValue",
    "Repo",
    "Reseller",
    "Retry",
    "Role",
    "Route",
    "Safety",
    "Schedule",
    "Setting",
    "Severity",
    "Span",
    "StatedLimit",
    "Step",
    "Trace",
    "Trigger",
    "Unclear",
    "Unknown",
    "Verdict",
    "check",
    "example",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'auditor' has no attribute {name!r}")
    import importlib

    value = getattr(importlib.import_module(_HOME[name]), name)
    globals()[name] = value
    return value
