"""What comments and documentation say of the project itself: that its requests are paced to fit a vendor's free tier.

Which account a request is charged to cannot be seen in code; a project that says so of itself is the one exception.
A general remark on a vendor's prices says nothing of the project: the line has to tell of pacing, and name the vendor.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from auditor.catalog.index import Catalog
from auditor.catalog.schema import Vendor
from auditor.model.facts import FreeTier, Role
from auditor.model.location import Span

WORDS = (
    "free tier", "free-tier", "free plan", "free quota", "free limit", "free account", "免费版", "免费额度", "免费层", "免费套餐",
    "免费配额", "免費版", "免費額度", "免費層", "免費方案", "免費配額", "無料枠", "無料プラン", "無料版", "무료", "gratuit", "бесплатн",
    "miễn phí", "(free", "free -", "free –", "free:", "free,",
)  # fmt: skip
"""Texts one of which stands in every file that states such a thing, in lower case."""

_FREE = (
    r"free[ -](?:tier|plan|quota|limit|account)|(?:api|模型)?免[费費](?:版|额度|額度|层|層|套餐|方案|配额|配額)|無料(?:枠|プラン|版)|"
    r"무료\s*(?:티어|플랜|할당)|(?:capa|nivel|n[ií]vel|plan|plano|cuota|camada|offre|niveau|palier|quota)\s+gratuit\w*|"
    r"бесплатн\w*\s+(?:тариф|лимит|план|квот|уров)|(?:gói|bậc)\s+miễn phí|"
    r"\bfree\s?[-–:,(]\s*(?:up to\s+)?\d[\d,.]*k?\s*(?:RP[MD]\b|TPM\b|(?:requests?|calls?|req)\b)"
)
# What a project does to stay within a limit, not what the limit is.
_PACES = (
    r"throttl|\bdelay|\bsleep|\bpaus(?:e|ing)|\binterval|\bpac(?:e|ed|ing)\b|\bspac(?:e|ed|ing) out|\bwait(?:s|ing)?\b|cool-?down|"
    r"stay(?:s|ing)? (?:within|under|below)|to (?:avoid|prevent|respect|fit)|节流|節流|间隔|間隔|延[迟遲]|限速|等待|待機|待つ|지연|대기|"
    r"\bpausa|\besper[ae]r?\b|\battend|задерж|пауз|chờ"
)
_LIMIT = r"\bRP[MD]\b|\bTPM\b|rate[- ]?limit|(?:requests?|calls?|req)\s*(?:/|per|a)\s*(?:s\b|sec|min|day|hour)"
_ABOUT_MODELS = r"\bRPM\b|\bTPM\b|\bL?LMs?\b|\bmodels?\b|\btokens?\b|模型"  # a free plan of something else is not meant
_STEMS = (
    "free",
    "免",
    "無料",
    "무료",
    "gratuit",
    "бесплатн",
    "miễn",
)  # one of them stands in every text that is `_FREE`
_COMMENT = r"(?:^|\s)(?:#|//|/?\*)(?!/)\s*(.+)$"
_MAX_LINE = 1000


def read_statements(path: str, text: str, role: Role, catalog: Catalog, *, program: bool) -> tuple[FreeTier, ...]:
    """Where a file says that the project's requests are paced to fit a vendor's free tier; at most one row a vendor.

    In a program only comments count, and the limit itself may take the place of the pacing: `# free tier: 15 RPM`.
    """
    if role is Role.TEST:
        return ()
    found: dict[str, FreeTier] = {}
    patterns = (_FREE, _PACES, _LIMIT, _COMMENT, _ABOUT_MODELS)
    free, paces, limit, comment, models = (re.compile(p, re.IGNORECASE) for p in patterns)
    for number, line in enumerate(text.splitlines(), 1):
        if len(line) > _MAX_LINE or not _may_say(line) or not free.search(line):
            continue
        said = line
        if program:
            remark = comment.search(line)
            if remark is None:
                continue
            said = remark[1]
        if not free.search(said) or not (paces.search(said) or (program and limit.search(said))):
            continue
        named = list(_named(said, catalog.vendors))
        if not named and program and models.search(said):
            named = list(_named(text, catalog.vendors))
            named = named if len(named) == 1 else []  # the one that the file is about
        for vendor in named:
            name = catalog.inventory_name(vendor.id).removeprefix("other:")
            why = "the project says that its requests are paced to fit the free tier"
            found.setdefault(name, FreeTier(Span(path, number), name, why, role, certainty="stated"))
    return tuple(found[name] for name in sorted(found))


def _may_say(line: str) -> bool:
    """Whether a line has one of the words: a hundred times as fast as the pattern on the lines that have none."""
    low = line.lower()
    return any(word in low for word in _STEMS)


def _named(text: str, vendors: Iterable[Vendor]) -> Iterator[Vendor]:
    """The vendors with a free tier that a line names."""
    low = text.lower()
    for vendor in vendors:
        if not any(not t.retired for t in vendor.free_tiers):
            continue
        names = {vendor.id.replace("-", " "), vendor.title.lower(), *vendor.provider_names}
        if any(len(n) > 3 and n in low and re.search(rf"(?<![a-z]){re.escape(n)}(?![a-z])", low) for n in names):
            yield vendor
