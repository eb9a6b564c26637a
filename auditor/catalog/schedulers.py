"""What schedulers do where nothing is set, by the inventory's kind. Data: `schedulers.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from auditor.catalog.packed import document
from auditor.errors import CatalogError
from auditor.lazily import dataclass


@dataclass(frozen=True, slots=True)
class Scheduler:
    """One scheduler's defaults. `retries`: tries beside the first, None where that is no number.

    `checked`: the day on which the main default was read in the source; "" where it is general knowledge.
    """

    kind: str
    time_limit: str
    overlap: str
    retries: int | None
    source: str
    checked: str = ""


@lru_cache(maxsize=1)
def load_schedulers() -> Mapping[str, Scheduler]:
    """All schedulers by kind; read once a process, because the data ships with the package.

    Raises:
        CatalogError: the data is invalid.
    """
    found: dict[str, Scheduler] = {}
    try:
        for kind, row in document("schedulers.yaml")["schedulers"].items():
            found[kind] = Scheduler(
                kind=kind,
                time_limit=str(row["time_limit"]["default"]),
                overlap=str(row["overlap"]["default"]),
                retries=None if row["retries"] is None else int(row["retries"]),
                source=str(row["source"]),
                checked=str(row["checked"] or ""),
            )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise CatalogError(f"schedulers.yaml: {error!r}") from None
    return found
