from auditor import (
    Absent,
    Fail,
    Given,
    NotApplicable,
    Pass,
    Repo,
    Schedule,
    Severity,
    Unclear,
    Unknown,
    Verdict,
    check,
    example,
)

CRON = '{ "crons": [ { "path": "/api/cron/digest", "schedule": "0 8 * * *" } ] }'


@check(
    severity=Severity.MAJOR,
    since="0.1",
    examples=[
        example(
            files={
                "vercel.json": CRON,
                "app/api/cron/digest/route.ts": """
                    import OpenAI from "openai";
                    const client = new OpenAI();
                    export async function GET() {
                      const answer = await client.chat.completions.create({ model: "gpt-4o-mini", messages: [] });
                      return Response.json(answer);
                    }
                """,
            },
            expect={"vercel.json:1": "FAIL"},
            show=True,
        ),
        example(
            files={
                "vercel.json": CRON,
                "app/api/cron/digest/route.ts": """
                    import OpenAI from "openai";
                    const client = new OpenAI();
                    export async function GET(request: Request) {
                      if (request.headers.get("authorization") !== `Bearer ${process.env.CRON_SECRET}`) {
                        return new Response("Unauthorized", { status: 401 });
                      }
                      return Response.json(await client.chat.completions.create({ model: "gpt-4o-mini", messages: [] }));
                    }
                """,
            },
            show=True,
        ),
        example(
            files={"vercel.json": CRON, "app/page.tsx": "export default function Page() { return null; }\n"},
            expect={"vercel.json:1": "UNKNOWN"},
        ),
        example(files={"crontab": "0 6 * * * python job.py\n", "job.py": "print('no route')\n"}),
    ],
)
def public_cron_endpoint(schedule: Schedule, repo: Repo) -> Verdict:
    """A route that a scheduler calls verifies no secret, so anybody can start the job.

    ## Why it matters
    The address of a cron route is easy to guess. Each request starts the whole job, with all its model calls, on your
    bill.

    ## What to do
    Compare the `Authorization` header with a secret (`CRON_SECRET` on Vercel) before any work, and answer 401.

    ## Limits
    Vercel's own header `x-vercel-cron` can be sent by anybody and counts for nothing. Protection that stands in front
    of the application (a firewall, a private network) cannot be seen.
    """
    if schedule.endpoint_auth is None:
        return NotApplicable("the schedule requests no own route")
    trigger = repo.trigger_of(schedule)
    if trigger is not None and trigger.reaches is False:
        return NotApplicable("the route reaches no LLM call")
    match schedule.endpoint_auth:
        case Given(at=at):
            return Pass((at,))
        case Unclear(why):
            return Unknown(why)
        case Absent():
            if trigger is None or trigger.reaches is None:
                return Unknown("whether the route reaches an LLM call is not known")
            return Fail(
                "the route that the scheduler calls verifies no secret",
                trace=trigger.traces[0] if trigger.traces else (),
            )
