from auditor import (
    Confidence,
    Fail,
    Given,
    NotApplicable,
    Pass,
    Repo,
    Route,
    Severity,
    Unclear,
    Unknown,
    Verdict,
    check,
    example,
)

EXPOSED = ("http", "server-action", "function")


@check(
    severity=Severity.BLOCKER,
    since="0.1",
    examples=[
        example(
            """
            from fastapi import FastAPI
            from openai import OpenAI

            app = FastAPI()
            client = OpenAI()


            @app.post("/chat")  # FAIL
            def chat(question: str):
                return client.responses.create(model="gpt-4o-mini", input=question)
            """,
            show=True,
        ),
        example(
            """
            from fastapi import Depends, FastAPI
            from openai import OpenAI

            from auth import current_user

            app = FastAPI()
            client = OpenAI()


            @app.post("/chat")
            def chat(question: str, user=Depends(current_user)):
                return client.responses.create(model="gpt-4o-mini", input=question)
            """,
            show=True,
        ),
        example(
            """
            import OpenAI from "openai";
            const client = new OpenAI();
            export async function POST(request: Request) {  // FAIL
              const { question } = await request.json();
              return Response.json(await client.responses.create({ model: "gpt-4o-mini", input: question }));
            }
            """,
            path="app/api/chat/route.ts",
        ),
        example(
            """
            import OpenAI from "openai";
            export async function POST(request: Request) {
              const { question, apiKey } = await request.json();
              const client = new OpenAI({ apiKey });
              return Response.json(await client.responses.create({ model: "gpt-4o-mini", input: question }));
            }
            """,
            path="app/api/chat/route.ts",
        ),
        example(
            """
            import OpenAI from "openai";
            export async function POST(request: Request) {  // FAIL
              const { question, apiKey } = await request.json();
              const client = new OpenAI({ apiKey: apiKey || process.env.OPENAI_API_KEY });
              return Response.json(await client.responses.create({ model: "gpt-4o-mini", input: question }));
            }
            """,
            path="app/api/chat/route.ts",
        ),
    ],
)
def unprotected_llm_route(route: Route, repo: Repo) -> Verdict:
    """A public route spends money on an LLM, and neither a login nor a rate limit stands before it.

    ## Why it matters
    Anyone who finds the address can spend your budget with a shell loop: a denial of wallet.

    ## What to do
    Demand authentication before the call. Where the route must be open, limit requests per address, bound the input, and
    keep the budget behind it small.

    ## Limits
    Protection in a proxy or platform in front of the app cannot be seen; hence the confidence is medium. Bots and
    interfaces have their own identities and are judged by `unmetered-user-input`.
    """
    if route.kind not in EXPOSED:
        return NotApplicable("not an HTTP route")
    calls = [c for c in repo.llm_calls if c.billed and not c.client_side and any(r.at == route.at for r in c.routes)]
    if not calls:
        return NotApplicable("it reaches no paid call")
    calls = [c for c in calls if not repo.users_pay(c)]
    if not calls:
        return NotApplicable("whoever calls it pays with the key that the request brings")
    guards = (route.auth, route.rate_limit)
    for guard in guards:
        if isinstance(guard, Given):
            return Pass((guard.at,))
    for guard in guards:
        if isinstance(guard, Unclear):
            return Unknown(guard.why)
    if route.kind == "function":
        return Unknown("what invokes this function, and with which rights, stands outside the code")
    return Fail(
        f"{route.name or 'a public route'} spends money without login or rate limit",
        related=tuple(c.at for c in calls[:10]),
        confidence=Confidence.MEDIUM,
    )
