from auditor import Exposure, Fail, NotApplicable, Severity, Verdict, check, example


@check(
    severity=Severity.MAJOR,
    since="0.1",
    examples=[
        example(
            "import os\nfrom openai import OpenAI\n"
            "OPENAI_API_KEY = os.environ['OPENAI_API_KEY']\n"
            "print('using', OPENAI_API_KEY)  # FAIL\n"
            "client = OpenAI(api_key=OPENAI_API_KEY)\n",
            show=True,
        ),
        example("OPENAI_API_KEY=your-key-here\n", path=".env.example", vacuous=True),
    ],
)
def key_printed_or_logged(exposure: Exposure) -> Verdict:
    """A key is printed, logged or sent back in an answer.

    ## Why it matters
    Logs are kept longer, read by more people and shipped to more services than the key was meant for.

    ## What to do
    Log the key's name or its last four characters at most.

    ## Limits
    Sees the variable that holds the key handed to a print, log or response function; not what a library logs itself.
    """
    if exposure.kind != "logged-key":
        return NotApplicable("another kind of exposure")
    detail = f" ({exposure.detail})" if exposure.detail else ""
    return Fail(f"the key of {exposure.vendor or 'a vendor'} is printed or logged{detail}")
