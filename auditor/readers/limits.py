"""Limits that environment templates and configuration files name: caps, budgets, quotas and rates of model calls.

Knows by names and values which settings are such limits. Whether a program reads them is asked elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from auditor.model.location import Span

LIMIT = re.compile(
    r"(?:^|_)(?:BUDGET|SPEND(?:ING)?|QUOTA|RATE_?LIMIT|MAX_(?:OUTPUT_|COMPLETION_|TOTAL_|INPUT_)?TOKENS|MAX_(?:COST|USD|SPEND)|"
    r"COST_(?:LIMIT|CAP)|TOKEN_(?:LIMIT|CAP|BUDGET)|DAILY_(?:\w+_)?(?:LIMIT|CAP|MAX)|MONTHLY_(?:\w+_)?(?:LIMIT|CAP|MAX)|"
    r"(?:REQUESTS?|CALLS?|MESSAGES?|QUERIES|PROMPTS?|TOKENS?)_(?:PER|A)_(?:USER|DAY|HOUR|MIN(?:UTE)?|MONTH|RUN|SESSION)|"
    r"MAX_(?:\w+_)?(?:REQUESTS?|CALLS?|MESSAGES?|QUERIES|PROMPTS?|ITERATIONS?|STEPS?|TURNS?|RETRIES)(?:_PER_\w+)?|"
    r"(?:LLM|AI|OPENAI|ANTHROPIC|GEMINI|GROQ|MODEL|CHAT)_(?:\w+_)?(?:TIMEOUT|LIMIT|MAX|CAP))(?:$|_(?:USD|EUR|MONTHLY|DAILY|SECONDS|MS|LIMIT|CAP|MAX|PER_\w+)$)",
    re.IGNORECASE,
)
# Limits of other things than model calls.
_OTHER = re.compile(
    r"UPLOAD|FILE|BODY|CONNECTION|POOL|SESSION_?TTL|JWT|LOGIN|PASSWORD|AUTH|DB_|DATABASE|REDIS|POSTGRES|MYSQL|MONGO|CACHE|HTTP_|SMTP|"
    r"LITELLM_|LANGCHAIN_|LANGSMITH_|OLLAMA_|VLLM_|HELICONE_|CREWAI_|EMAIL|SMS|WEBHOOK|SCRAP|CRAWL|GITHUB|NGINX|GUNICORN|WORKER|THREAD|SOCKET|SENTRY|LOG_",
    re.IGNORECASE,
)
_PAIR = re.compile(
    r"""^[ \t]*(?:-[ \t]+|export[ \t]+|ENV[ \t]+)?["']?([A-Za-z][A-Za-z0-9_]{4,60})["']?[ \t]*[:=]"""
    r"""[ \t]*["']?(\$?\d[\d_.]*)["']?[ \t]*,?[ \t]*(?:[#\r].*|//.*)?$"""
)
_MAX = 50


def stated_limits(path: str, text: str) -> Iterator[tuple[str, Span]]:
    """The names of limits with a number as their value, with where they stand; at most fifty a file."""
    count = 0
    for number, line in enumerate(text.splitlines(), 1):
        if len(line) > 300 or count >= _MAX:
            continue
        match = _PAIR.match(line)
        if match and LIMIT.search(match[1]) and not _OTHER.search(match[1]) and float_of(match[2]) > 0:
            count += 1
            yield match[1], Span(path, number, match.start(1), number, match.end(2))


def float_of(text: str) -> float:
    """The number that a value spells; 0 where it spells none."""
    try:
        return float(text.lstrip("$").replace("_", ""))
    except ValueError:
        return 0.0


def spellings(name: str) -> tuple[str, ...]:
    """How a program may name a setting: as it is, in lower case, in camelCase, and without a prefix of the app's own.

    Settings classes take a prefix off (`APP_MAX_TOKENS` is the field `max_tokens`), one or two words of it.
    """
    words = [w for w in name.replace("-", "_").split("_") if w] if "_" in name or name.isupper() else [name]
    out: dict[str, None] = {name: None}
    for skip in range(min(3, max(1, len(words) - 1))):
        rest = words[skip:]
        snake = "_".join(rest)
        camel = rest[0].lower() + "".join(w.capitalize() for w in rest[1:])
        for form in (snake, snake.lower(), snake.upper(), camel, camel[:1].upper() + camel[1:]):
            if len(form) > 5:
                out.setdefault(form)
    return tuple(out)
