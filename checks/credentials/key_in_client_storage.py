from auditor import Credential, Fail, NotApplicable, Severity, Verdict, check, example


@check(
    severity=Severity.MINOR,
    since="0.1",
    examples=[
        example(
            """
            export function remember(openaiKey: string) {
              localStorage.setItem("openai_api_key", openaiKey);  // FAIL
            }
            """,
            path="src/settings.ts",
            show=True,
        ),
        example("OPENAI_API_KEY=your-key-here\n", path=".env.example"),
    ],
)
def key_in_client_storage(key: Credential) -> Verdict:
    """A key is kept in the storage of the user's browser or device.

    ## Why it matters
    Any script on the page, any extension and anyone at the device can read it there.

    ## What to do
    Keep keys on a server. Where users bring their own, tell them, let them remove it, and prefer memory or the
    platform's key store.

    ## Limits
    Encryption with a key that ships with the app counts as none.
    """
    if key.kind != "client-storage" or key.commit:
        return NotApplicable("not in client storage")
    return Fail(f"a key of {key.vendor} is kept in the storage of the user's device")
