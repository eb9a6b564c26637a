from hashlib import sha256

from auditor import Credential, Fail, NotApplicable, Severity, Verdict, check, example

KEY = "sk-or-v1-" + sha256(b"of no account").hexdigest()  # made here, so that no key stands in the source


@check(
    severity=Severity.MAJOR,
    since="0.1",
    examples=[
        example(
            f"""
            import requests

            requests.get("https://openrouter.ai/api/v1/models?key={KEY}", timeout=5)  # FAIL
            """
        ),
        example("OPENAI_API_KEY=your-key-here\n", path=".env.example", show=True),
    ],
)
def key_in_url(key: Credential) -> Verdict:
    """A key travels in a URL's query.

    ## Why it matters
    URLs are written to proxy, server and browser logs, to histories and error reports; headers are not.

    ## What to do
    Send the key in the header that the vendor documents (Google: `x-goog-api-key`), from a server.

    ## Limits
    Google documents the query form, so that on a server it weighs less.
    """
    if key.kind != "url-param" or key.commit:
        return NotApplicable("not in a URL")
    lighter = None if key.client_side or not key.placeholder else Severity.MINOR
    return Fail(f"the key of {key.vendor} travels in the URL", severity=lighter)
