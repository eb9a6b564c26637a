"""Prices for the generated client module, from genai-prices' offline table at the time of generation."""

from __future__ import annotations

from collections.abc import Iterable


def price_rows(models: Iterable[str]) -> tuple[tuple[str, float, float], ...]:
    """US dollars per million input and output tokens of each known model, by the last part of its id."""
    from genai_prices import Usage, calc_price

    rows: dict[str, tuple[float, float]] = {}
    million = 1_000_000
    for model in models:
        name = model.rpartition("/")[2]
        try:
            # Asked in small amounts, so that prices by size of context give their base rate.
            price = calc_price(Usage(input_tokens=1000, output_tokens=1000), model_ref=name)
        except (LookupError, ValueError):
            continue
        reads, writes = float(price.input_price) * million / 1000, float(price.output_price) * million / 1000
        if reads >= 0 and writes > 0:
            rows[name] = (reads, writes)
    return tuple((name, *rows[name]) for name in sorted(rows))
