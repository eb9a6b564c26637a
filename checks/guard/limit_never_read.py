from auditor import Fail, NotApplicable, Pass, Repo, Severity, StatedLimit, Unknown, Verdict, check, example

READ = {"python", "javascript", "typescript", "tsx", "jsx", "vue", "svelte", "astro", "html", "notebook"}
CALL = "from openai import OpenAI\nclient = OpenAI()\nclient.responses.create(model='gpt-4o', input='hi')\n"


@check(
    severity=Severity.MINOR,
    since="0.1",
    examples=[
        example(
            files={
                "app.py": CALL,
                ".env.example": "OPENAI_API_KEY=\nDAILY_REQUEST_LIMIT=50  # FAIL\n",
            },
            show=True,
        ),
        example(
            files={
                "app.py": "import os\nLIMIT = int(os.environ['DAILY_REQUEST_LIMIT'])\n" + CALL,
                ".env.example": "OPENAI_API_KEY=\nDAILY_REQUEST_LIMIT=50\n",
            },
            show=True,
        ),
        example(
            files={
                "settings.py": "from pydantic_settings import BaseSettings\nclass Settings(BaseSettings):\n    max_tokens: int = 500\n",
                "app.py": CALL,
                ".env.example": "OPENAI_API_KEY=\nAPP_MAX_TOKENS=500\n",
            }
        ),
        example(
            files={
                "app.ts": "import OpenAI from 'openai';\nawait new OpenAI().responses.create({ model: 'gpt-4o', input: 'hi' });\n",
                "config.yaml": "openai:\n  model: gpt-4o\n  monthly_budget_usd: 20  # FAIL\n",
            }
        ),
        example(files={"app.py": CALL, ".env.example": "OPENAI_API_KEY=\nMAX_UPLOAD_SIZE=5\n"}, vacuous=True),
    ],
)
def limit_never_read(limit: StatedLimit, repo: Repo) -> Verdict:
    """The configuration names a limit that no code reads.

    ## Why it matters
    It looks like a protection and is none: whoever sets it believes that spending is bounded, and learns otherwise from
    the invoice.

    ## What to do
    Read it where the calls are made and refuse beyond it, or take it out of the configuration and the documentation.

    ## Limits
    Seen by names in environment templates and configuration files that also name a vendor; settings classes, prefixes and
    other spellings count as reading. That a limit is read does not show that it is enforced. Limits in prose are not seen.
    """
    if not repo.shipping_calls():
        return NotApplicable("no billed call in code that ships")
    if limit.read_at is not None:
        return Pass((limit.read_at,))
    if any(call.language not in READ for call in repo.llm_calls):
        return Unknown("the program is partly in a language that is not searched for it")
    return Fail(f"{limit.name} is read nowhere")
