"""Checks on credentials whose subjects no example can hold: history, other readers' facts, allowances."""

from __future__ import annotations

from dataclasses import replace

import pytest

from auditor.judge import findings, judge
from auditor.model.facts import Credential, Exposure, Role
from auditor.model.location import Span
from auditor.model.repo import Repo
from auditor.model.verdict import Confidence, Fail, NotApplicable, Pass, Severity, Unknown, Verdict
from checks.credentials.client_exposed_key import client_exposed_key
from checks.credentials.committed_env_file import committed_env_file
from checks.credentials.hardcoded_llm_key import hardcoded_llm_key
from checks.credentials.key_in_client_storage import key_in_client_storage
from checks.credentials.key_in_history import key_in_history
from checks.credentials.key_in_url import key_in_url
from checks.credentials.key_printed_or_logged import key_printed_or_logged
from checks.credentials.key_without_rotation import key_without_rotation
from checks.credentials.public_google_key import public_google_key

HERE = Credential(
    Span("app.py", 3, 4, 3, 60), "groq", "hardcoded", False, Role.APP, masked="gsk_…abcd", fingerprint="f1",
    revoke="https://vendor.example/keys", variable="GROQ_API_KEY",
)  # fmt: skip
PAST = replace(HERE, at=Span("old.py", 1), commit="a" * 40, removed_in="b" * 40, place="removed")


def message(verdict: Verdict) -> str:
    assert isinstance(verdict, Fail)
    return verdict.message


@pytest.mark.parametrize(
    ("key", "words"),
    [
        (PAST, "went with bbbbbbbbbbbb, but must be revoked"),
        (replace(PAST, removed_in="", place="in-tree"), "still in the work tree"),
        (replace(PAST, removed_in="", place="other-ref"), "another branch"),
        (replace(PAST, commit="unreachable", removed_in="", place="other-ref"), "without a commit"),
    ],
)
def test_key_in_history(key: Credential, words: str) -> None:
    verdict = key_in_history(key, Repo())
    assert words in message(verdict)
    assert isinstance(verdict, Fail)
    assert verdict.fix is not None
    assert "https://vendor.example/keys" in verdict.fix.title


@pytest.mark.parametrize("key", [HERE, replace(PAST, placeholder=True), replace(PAST, certainty="low")])
def test_key_in_history_asks_only_about_history(key: Credential) -> None:
    assert isinstance(key_in_history(key, Repo()), NotApplicable)


def test_history_is_not_judged_as_work_tree() -> None:
    for check in (hardcoded_llm_key, committed_env_file, client_exposed_key):
        assert isinstance(check(PAST, Repo()), NotApplicable)


def test_key_without_rotation() -> None:
    env = replace(HERE, at=Span(".env", 1), kind="env-file", tracked=False)
    assert "still in use in .env" in message(key_without_rotation(PAST, Repo(credentials=(PAST, env))))
    other = replace(env, fingerprint="f2")
    assert isinstance(key_without_rotation(PAST, Repo(credentials=(PAST, other))), Pass)
    assert isinstance(key_without_rotation(HERE, Repo(credentials=(HERE,))), NotApplicable)


@pytest.mark.parametrize(("tracked", "kind"), [(True, Fail), (None, Fail), (False, Pass)])
def test_committed_env_file_asks_git(tracked: bool | None, kind: type) -> None:
    assert isinstance(committed_env_file(replace(HERE, kind="env-file", tracked=tracked), Repo()), kind)


def test_confidence_follows_certainty_and_place_lowers_weight() -> None:
    sure, likely = (hardcoded_llm_key(replace(HERE, certainty=c), Repo()) for c in ("high", "medium"))
    assert isinstance(sure, Fail)
    assert isinstance(likely, Fail)
    assert (sure.confidence, likely.confidence) == (Confidence.HIGH, Confidence.MEDIUM)
    in_test = hardcoded_llm_key(replace(HERE, role=Role.TEST), Repo())
    assert isinstance(in_test, Fail)
    assert (sure.severity, in_test.severity) == (None, Severity.MAJOR)


def test_client_env_is_exposed_without_a_value() -> None:
    read = replace(HERE, kind="client-env", placeholder=True, name="VITE_GROQ_API_KEY", fingerprint="", masked="")
    assert "VITE_GROQ_API_KEY" in message(client_exposed_key(read, Repo()))


def test_places_that_other_readers_find() -> None:
    stored = replace(HERE, kind="client-storage", placeholder=True)
    assert isinstance(key_in_client_storage(stored, Repo()), Fail)
    sent = replace(HERE, kind="url-param", placeholder=True, client_side=False)
    verdict = key_in_url(sent, Repo())
    assert isinstance(verdict, Fail)
    assert verdict.severity is Severity.MINOR
    logged = Exposure(Span("a.py", 1), "logged-key", "groq", "print")
    assert isinstance(key_printed_or_logged(logged, Repo()), Fail)
    assert isinstance(key_printed_or_logged(replace(logged, kind="browser-override"), Repo()), NotApplicable)


def test_public_google_key_is_a_question_only_beside_gemini() -> None:
    web = replace(HERE, vendor="google", certainty="low")
    assert isinstance(public_google_key(web, Repo()), NotApplicable)
    assert isinstance(hardcoded_llm_key(web, Repo()), NotApplicable)
    from auditor.model.facts import LlmCall

    call = LlmCall(Span("b.py", 1), "google", "sdk-call", "x", "chat", Role.APP, "python", "b")
    assert isinstance(public_google_key(web, Repo(llm_calls=(call,))), Unknown)


@pytest.mark.parametrize(
    ("role", "severity"), [(Role.APP, Severity.BLOCKER), (Role.DOCS, Severity.BLOCKER), (Role.TEST, Severity.INFO)]
)
def test_a_live_key_in_documentation_leaks_as_anywhere(role: Role, severity: Severity) -> None:
    (judged,) = judge(Repo(credentials=(replace(HERE, role=role),)), [hardcoded_llm_key])
    (finding,) = findings([judged], lambda span: "")
    assert finding.severity is severity
