from hashlib import sha256

from auditor import Credential, Fail, NotApplicable, Pass, Severity, Verdict, check, example

KEY = "sk-or-v1-" + sha256(b"of no account").hexdigest()  # made here, so that no key stands in the source


@check(
    severity=Severity.BLOCKER,
    since="0.1",
    examples=[
        example(f"VITE_OPENROUTER_API_KEY={KEY}  # FAIL\n", path=".env"),
        example(f'<script>const apiKey = "{KEY}"; // FAIL</script>\n', path="public/index.html"),
        example(f"OPENROUTER_API_KEY={KEY}\n", path=".env"),
        example("OPENAI_API_KEY=your-key-here\n", path=".env.example", show=True),
    ],
)
def client_exposed_key(key: Credential) -> Verdict:
    """A key reaches end users: in code that ships to them, or through a variable that the build copies into it.

    ## Why it matters
    Whatever a browser, an app or an extension holds, its users can read. A key that ships is public.

    ## What to do
    Move the call to a server of yours that checks who asks, keep the key there under a name without the client prefix,
    and revoke the one that has shipped.

    ## Limits
    By name (`NEXT_PUBLIC_`, `VITE_`, `REACT_APP_`, `EXPO_PUBLIC_` ...), by place and by what imports the code.
    """
    if key.commit or key.certainty == "low" or key.kind in {"client-storage", "url-param"}:
        return NotApplicable("judged elsewhere")
    if key.kind == "client-env":
        name = key.name or "a variable that the build copies"
        return Fail(f"the {key.vendor} key is read through {name}, which ends up in what users get")
    if key.placeholder:
        return NotApplicable("no live value")
    if key.client_side and not key.built:
        shown = f" ({key.masked})" if key.masked else ""
        return Fail(f"a live-looking key of {key.vendor}{shown} ships to end users")
    return Pass() if key.client_side is False else NotApplicable("whether this ships is not known")
