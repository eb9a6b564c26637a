from base64 import urlsafe_b64encode
from hashlib import sha256

from auditor import Credential, NotApplicable, Repo, Severity, Unknown, Verdict, check, example

KEY = "AIza" + urlsafe_b64encode(sha256(b"of no account").digest()).decode()[:35]  # made here: no key in the source


@check(
    severity=Severity.BLOCKER,
    since="0.1",
    examples=[
        example(
            files={
                "src/firebase.js": f'export const app = {{ apiKey: "{KEY}", authDomain: "a.firebaseapp.com" }}; // UNKNOWN\n',
                "server/ask.py": (
                    "from google import genai\n"
                    "client = genai.Client()\n"
                    'client.models.generate_content(model="gemini-2.0-flash", contents="hello")\n'
                ),
            }
        ),
        example(
            f'export const app = {{ apiKey: "{KEY}", authDomain: "a.firebaseapp.com" }};\n',
            path="src/firebase.js",
        ),
        example("OPENAI_API_KEY=your-key-here\n", path=".env.example", show=True),
    ],
)
def public_google_key(key: Credential, repo: Repo) -> Verdict:
    """A public Google key (Firebase, Maps) ships while the project also calls Gemini.

    ## Why it matters
    Google's keys share one shape and one project: as soon as the Gemini API is enabled, an unrestricted public key pays
    for anybody's prompts.

    ## What to do
    Restrict the public key to its API and its referrers in the Google Cloud console, use another project for Gemini,
    and attest it on the checklist.

    ## Limits
    Restrictions are not in the code, so the answer is "unknown" wherever the question arises.
    """
    if key.vendor != "google" or key.certainty != "low" or key.commit or key.placeholder:
        return NotApplicable("no public Google key")
    if not any(call.vendor == "google" for call in repo.llm_calls):
        return NotApplicable("the project does not call Gemini")
    return Unknown("whether this public key is restricted to its own API cannot be seen in the code")
