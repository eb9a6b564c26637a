"""The data about schedulers: complete, typed, dated."""

from __future__ import annotations

import re

from auditor.catalog.schedulers import load_schedulers
from tests.link.test_schedules import CASES


def test_every_family_has_its_defaults() -> None:
    known = load_schedulers()
    assert {c.kind for c in CASES} <= set(known)
    for kind, row in known.items():
        assert row.kind == kind
        assert row.retries is None or 0 <= row.retries <= 20
        assert not row.checked or re.fullmatch(r"\d{4}-\d\d-\d\d", row.checked)
        assert not row.checked or row.source
