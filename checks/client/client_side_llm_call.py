from auditor import Fail, LlmCall, NotApplicable, Pass, Repo, Severity, Unknown, Verdict, check, example

PAGE = """
import { useState } from "react";

export function Chat() {
  const [answer, setAnswer] = useState("");
  async function ask(text) {
    const response = await fetch("https://api.openai.com/v1/chat/completions", {  // FAIL
      method: "POST",
      headers: { Authorization: `Bearer ${import.meta.env.VITE_OPENAI_API_KEY}` },
      body: JSON.stringify({ model: "gpt-4o-mini", messages: [{ role: "user", content: text }] }),
    });
    setAnswer((await response.json()).choices[0].message.content);
  }
  return <button onClick={() => ask("hi")}>{answer}</button>;
}
"""
VITE = {
    "package.json": '{"name": "web", "dependencies": {"react": "19.0.0"}, "devDependencies": {"vite": "7.0.0"}}\n',
    "index.html": '<div id="root"></div><script type="module" src="/src/main.tsx"></script>\n',
    "src/main.tsx": 'import { createRoot } from "react-dom/client";\nimport { Chat } from "./Chat";\n'
    'createRoot(document.getElementById("root")).render(<Chat />);\n',
}


@check(
    severity=Severity.BLOCKER,
    since="0.1",
    examples=[
        example(files={**VITE, "src/Chat.tsx": PAGE}, show=True),
        example(
            """
            import express from "express";
            import OpenAI from "openai";
            const client = new OpenAI();
            const app = express();
            app.post("/api/chat", async (req, res) => {
              res.json(await client.responses.create({ model: "gpt-4o-mini", input: "hi" }));
            });
            app.listen(3000);
            """,
            path="server.ts",
            show=True,
        ),
        example("from openai import OpenAI\nOpenAI().responses.create(model='gpt-4o-mini', input='hi')\n"),
    ],
)
def client_side_llm_call(call: LlmCall, repo: Repo) -> Verdict:
    """A paid call is made by code that ships to users' devices.

    ## Why it matters
    Whatever the device can send, its owner can send without you: the key can be read out of the bundle, the app or the
    traffic, and no cap, quota or log of yours stands in the way.

    ## What to do
    Call the model from a server of yours that authenticates its users, limits them, and holds the key.

    ## Limits
    Where users bring their own key and pay for themselves, it weighs less. Whether a file ships is decided by the
    framework's rules and by what the entry points import; where that cannot be said, this is unknown.
    """
    if not call.billed:
        return NotApplicable("a local model bills nothing")
    if call.client_side is None:
        return Unknown("whether this code ships to users cannot be seen")
    if not call.client_side:
        return Pass()
    if repo.users_pay(call):
        return Fail("called from the user's device, with a key that the user brings", severity=Severity.MINOR)
    return Fail("a paid call ships to users' devices", trace=call.trace)
