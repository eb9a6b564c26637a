from dataclasses import dataclass

from auditor import Confidence, Fail, Given, LlmCall, NotApplicable, Pass, Repo, Severity, Verdict, check, example

DIRECT = ("sdk-call", "http-call")


@dataclass(frozen=True, slots=True)
class Spread:
    """How widely one vendor's API may be used directly.

    Attributes:
        files: most files that call vendors' APIs directly
    """

    files: int = 3


@check(
    severity=Severity.MINOR,
    since="0.1",
    examples=[
        example(
            files={
                "a.py": "from openai import OpenAI\nOpenAI().responses.create(model='gpt-4o', input='hi')  # FAIL\n",
                "b.py": "import anthropic\nanthropic.Anthropic().messages.create(model='c', max_tokens=9, messages=[])\n",
            },
            show=True,
        ),
        example("from openai import OpenAI\nOpenAI().responses.create(model='gpt-4o', input='hi')\n", show=True),
        example("import litellm\nlitellm.completion(model='gpt-4o', messages=[])\n"),
        example("print('no model here')\n"),
    ],
)
def vendor_lock_in(repo: Repo, spread: Spread) -> Verdict:
    """Vendors' APIs are called directly all over the code, behind no common interface.

    ## Why it matters
    To change a model, region or provider then means to touch every caller, in the week when a price or a model goes away.

    ## What to do
    Send all calls through one module of your own with an OpenAI-compatible client, or through a gateway or a framework.

    ## Limits
    Direct calls of one vendor in few files are accepted: that is one interface already.
    """
    calls = repo.shipping_calls()
    if not calls:
        return NotApplicable("no billed call in code that ships")
    direct = [c for c in calls if c.kind in DIRECT and not _guarded(c)]
    files = sorted({c.at.path for c in direct})
    vendors = sorted({c.vendor for c in direct})
    if len(files) > 1 and len(vendors) > 1:
        return _fail(f"{len(vendors)} vendors' APIs are called directly in {len(files)} files", direct)
    if len(files) > spread.files:
        return _fail(f"{len(files)} files call {vendors[0]} directly", direct)
    return Pass(tuple(c.at for c in calls[:1]))


def _guarded(call: LlmCall) -> bool:
    """Whether the call's client takes the guard of the generated module: that is one interface for all."""
    return isinstance(call.fallback, Given) and call.fallback.value.mechanism == "guard"


def _fail(message: str, calls: list[LlmCall]) -> Fail:
    first, *others = calls
    return Fail(message, at=first.at, related=tuple(c.at for c in others[:20]), confidence=Confidence.MEDIUM)
