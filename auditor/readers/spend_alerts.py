"""Spend alerts that infrastructure as code sets up: budgets of clouds and vendors that tell somebody.

Knows how Terraform, CloudFormation and Bicep name a resource; which resource watches whose bill is the catalog's. A cloud's
budget does not see the invoices of other vendors, and stops nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from auditor.catalog.index import Catalog
from auditor.model.facts import Control
from auditor.model.location import Span

_TELLS = re.compile(r"notif|threshold|email|recipient|subscriber", re.IGNORECASE)
_BLOCK = 2500  # characters after the resource's name in which its settings stand
_COMMENT = re.compile(r"^\s*(?:#|//)")


def alert_words(catalog: Catalog) -> tuple[str, ...]:
    """A text that stands in every file with such a resource."""
    return tuple(sorted({glob.partition("*")[0] for v in catalog.vendors for glob in v.spend_alerts}))


def spend_alerts(path: str, text: str, catalog: Catalog) -> Iterator[Control]:
    """The resources that tell somebody of a vendor's bill; one without anybody to tell is none."""
    for vendor in catalog.vendors:
        for glob in vendor.spend_alerts:
            name = re.escape(glob).replace(r"\*", r"\w*")
            for match in re.finditer(
                rf"""(?:resource\s+"|Type["']?\s*:\s*["']?|')({name})(?=["'@\s]|$)""", text, re.MULTILINE
            ):
                line = text.count("\n", 0, match.start()) + 1
                start = text.rfind("\n", 0, match.start()) + 1
                if not _COMMENT.match(text[start : match.start() + 1]) and _TELLS.search(
                    text, match.end(), match.end() + _BLOCK
                ):
                    yield Control(Span(path, line), "alert", match[1], None, vendor.inventory)
