from auditor import (
    Fail,
    Given,
    LlmCall,
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

APP = "from fastapi import FastAPI, Request\nfrom openai import OpenAI\napp = FastAPI()\nclient = OpenAI()\n"


@check(
    severity=Severity.MAJOR,
    since="0.1",
    examples=[
        example(
            APP
            + "@app.post('/chat')\n"
            + "async def chat(question: str):\n"
            + "    return client.chat.completions.create(model='gpt-4o',"
            + " messages=[{'role': 'user', 'content': question}])  # FAIL\n",
            show=True,
        ),
        example(
            APP
            + "from slowapi import Limiter\n"
            + "from slowapi.util import get_remote_address\n"
            + "limiter = Limiter(key_func=get_remote_address)\n"
            + "@app.post('/chat')\n"
            + "@limiter.limit('10/minute')\n"
            + "async def chat(request: Request, question: str):\n"
            + "    return client.chat.completions.create(model='gpt-4o', messages=[{'role': 'user', 'content': question}])\n",
            show=True,
        ),
        example(
            """
            import express from "express";
            import OpenAI from "openai";
            const app = express();
            const client = new OpenAI();
            app.post("/chat", async (req, res) => {
              const content = req.body.question;
              const answer = await client.chat.completions.create({  // FAIL
                model: "gpt-4o",
                messages: [{ role: "user", content }],
              });
              res.json(answer);
            });
            """,
            path="server.ts",
        ),
        example(
            APP
            + "def grade(text):\n"
            + "    return client.chat.completions.create(model='gpt-4o',"
            + " messages=[{'role': 'user', 'content': text}])  # FAIL\n"
            + "@app.post('/page')\n"
            + "async def page(text: str, current_user):\n"
            + "    if current_user.credits <= 0:\n"
            + "        raise HTTPException(402)\n"
            + "    return grade(text)\n"
            + "@app.post('/api')\n"
            + "async def api(text: str):\n"
            + "    return grade(text)\n",
        ),
        example(
            APP
            + "def grade(text):\n"
            + "    return client.chat.completions.create(model='gpt-4o', messages=[{'role': 'user', 'content': text}])\n"
            + "@app.post('/page')\n"
            + "async def page(text: str, current_user):\n"
            + "    if current_user.credits <= 0:\n"
            + "        raise HTTPException(402)\n"
            + "    return grade(text)\n",
        ),
        example(
            APP
            + "def grade(text, current_user):\n"
            + "    if current_user.credits <= 0:\n"
            + "        raise HTTPException(402)\n"
            + "    return client.chat.completions.create(model='gpt-4o', messages=[{'role': 'user', 'content': text}])\n"
            + "@app.post('/page')\n"
            + "async def page(text: str, current_user):\n"
            + "    return grade(text, current_user)\n"
            + "@app.post('/api')\n"
            + "async def api(text: str, current_user):\n"
            + "    return grade(text, current_user)\n",
        ),
    ],
)
def unmetered_user_input(call: LlmCall, repo: Repo) -> Verdict:
    """Users' requests reach a paid call, and nothing limits how many one user may send.

    ## Why it matters
    One user, one script or one rival can spend the whole budget: with a cap everybody else is locked out, without one the
    bill is yours.

    ## What to do
    Count per user (or per key, session or address where there is no login) before the call, in a store that all
    processes share, and answer 429 beyond the quota.

    ## Limits
    A limiter that is created but not applied to the route does not count, and a quota that one route's handler checks counts
    for that route alone; one in a function of its own counts for all. One in a proxy in front of the app cannot be
    seen. A limit per address is accepted here, though it is weaker than one per user.
    """
    if not call.billed:
        return NotApplicable("a local model bills nothing")
    if call.client_side:
        return NotApplicable("this code runs on the user's own device")
    if repo.users_pay(call):
        return NotApplicable("whoever calls it pays with a key of their own")
    if call.user_input is False:
        return NotApplicable("no user's text reaches it")
    routes = [r for r in call.routes if r.kind != "cli"]
    if call.routes and not routes:
        return NotApplicable("only the command line reaches it")
    if call.user_input is None:
        return Unknown("whether users' text reaches it cannot be seen")
    return _judge(routes, repo)


def _judge(routes: list[Route], repo: Repo) -> Verdict:
    quotas = [c for c in repo.controls_of("per-user-quota") if c.in_force]
    handlers = {r.function for r in repo.routes if r.function}
    shared = [c.at for c in quotas if c.function not in handlers]
    if shared:
        return Pass(tuple(shared))
    metered = {c.function for c in quotas}
    open_routes = [r for r in routes if r.function not in metered and not isinstance(r.rate_limit, Given | Unclear)]
    if open_routes:
        first = open_routes[0]
        return Fail(f"no limit per user on {first.name or first.kind}", related=tuple(r.at for r in open_routes[:10]))
    for route in routes:
        if isinstance(route.rate_limit, Unclear):
            return Unknown(route.rate_limit.why)
    if routes:
        limits = [r.rate_limit.at for r in routes if isinstance(r.rate_limit, Given)]
        return Pass((*limits, *(c.at for c in quotas if c.function in {r.function for r in routes})))
    if quotas:
        return Pass(tuple(c.at for c in quotas))
    return Unknown("the way from the user to this call cannot be seen")
