"""The adapter to detect-secrets: its judgement is used, its settings, verification and scanner are not."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from auditor.catalog.load import load_catalog
from auditor.readers.secrets import SecretScanner
from auditor.readers.secrets.adapter import matches_plugin, rejects
from auditor.source.memory import entry_of
from tests.readers.secret_cases import Maker


def scan(path: str, text: str) -> Any:
    return SecretScanner(load_catalog()).scan(entry_of(path, len(text)), text.encode())


@pytest.mark.parametrize(
    "value", ["abcdefghijklmnopqrstuvwxyz", "{{ secret_value }}", "${OTHER_VALUE}", "------------"]
)
def test_filters_that_are_right_are_used(value: str) -> None:
    assert rejects(value)


def test_uuids_are_not_rejected() -> None:
    assert not rejects(Maker(1).uuid())


def test_aws_pattern() -> None:
    value = "AKIA" + Maker(2).of("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16)
    assert matches_plugin("aws", value)
    assert not matches_plugin("aws", value[:-2])


def test_an_aws_key_counts_where_bedrock_is_called() -> None:
    value = "AKIA" + Maker(2).of("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16)
    call = f'client = boto3.client("bedrock-runtime", aws_access_key_id="{value}")\n'
    assert [c.vendor for c in scan("a.py", call)] == ["bedrock"]
    assert scan("a.py", f'client = boto3.client("s3", aws_access_key_id="{value}")\n') == ()


def test_the_process_settings_are_put_back_and_nothing_is_verified(monkeypatch: pytest.MonkeyPatch) -> None:
    from detect_secrets.plugins.aws import AWSKeyDetector
    from detect_secrets.settings import default_settings, get_settings

    def verify(*_: object, **__: object) -> None:
        raise AssertionError("the key would have been sent to the vendor")

    monkeypatch.setattr(AWSKeyDetector, "verify", verify)
    with default_settings():
        before = set(get_settings().plugins)
        matches_plugin("aws", "AKIA" + "B2" * 8)
        rejects("value")
        assert set(get_settings().plugins) == before


def test_it_is_imported_only_for_values_that_no_shape_explains() -> None:
    code = (
        "import sys\n"
        "from auditor.catalog.load import load_catalog\n"
        "from auditor.readers.secrets import SecretScanner\n"
        "from auditor.source.memory import entry_of\n"
        "s = SecretScanner(load_catalog())\n"
        "s.scan(entry_of('a.py', 1), b'x = 1')\n"
        "s.scan(entry_of('a.py', 1), b'k = \"gsk_' + b'aB3dE5gH7j' * 5 + b'zZ\"')\n"
        "print('detect_secrets' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_what_sends_requests_is_not_loaded() -> None:
    program = "import sys; from auditor.readers.secrets.adapter import rejects; rejects('a1b2c3d4'); print('requests' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
