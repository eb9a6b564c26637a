from auditor import Exposure, Fail, NotApplicable, Pass, Repo, Role, Severity, Verdict, check, example


@check(
    severity=Severity.BLOCKER,
    since="0.1",
    examples=[
        example(
            """
            import OpenAI from "openai";
            export const client = new OpenAI({
              apiKey: import.meta.env.VITE_OPENAI_API_KEY,
              dangerouslyAllowBrowser: true,  // FAIL
            });
            """,
            path="src/client.ts",
            show=True,
        ),
        example(
            """
            import OpenAI from "openai";
            export const client = new OpenAI({ apiKey: process.env.OPENAI_API_KEY });
            """,
            path="src/client.ts",
            vacuous=True,
        ),
    ],
)
def browser_sdk_override(exposure: Exposure, repo: Repo) -> Verdict:
    """A vendor's SDK is told to run in the browser, where its key can be read by everyone.

    ## Why it matters
    The SDKs refuse to start in a browser for that reason; the override removes the only guard.

    ## What to do
    Move the client to a server. If users bring their own key, keep it out of your bundle and say so to them.

    ## Limits
    Where users bring their own key it weighs less.
    """
    if exposure.kind != "browser-override":
        return NotApplicable("another kind of exposure")
    if exposure.client_side is False:
        return Pass()
    if exposure.own_key:
        return Fail("the SDK runs in the browser, with a key that the user brings", severity=Severity.MINOR)
    exposed = next((c for c in repo.credentials if c.kind == "client-env" and c.vendor == exposure.vendor), None)
    detail = f", with the key from {exposed.name}" if exposed and exposed.name and exposed.role is Role.APP else ""
    return Fail(f"the SDK's guard against browsers is switched off{detail}")
