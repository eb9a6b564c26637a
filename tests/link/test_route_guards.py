"""What keeps people out of a route, or slows them down, and what only looks like it."""

from __future__ import annotations

import pytest

from auditor.model.setting import Absent, Given
from tests.link.flows import PYTHON, SCRIPT, call_of, calls_of

FASTAPI = (
    "from typing import Annotated\nfrom fastapi import Depends, FastAPI, Header, HTTPException, Request, status\n"
    + PYTHON
    + "app = FastAPI()\ndef ask(q):\n    return client.chat.completions.create(model='m', messages=[q])\n"
)
LOGIN = "async def get_current_user(token: str = Header()):\n    if not known(token):\n        raise HTTPException(401)\n    return token\n"

DEPENDENCIES = {
    "one that refuses": (
        True,
        LOGIN + "@app.post('/x')\ndef x(q: str, user=Depends(get_current_user)):\n    return ask(q)\n",
    ),
    "one that refuses, whatever its name": (
        True,
        "def check_role(x: str = Header()):\n    if x != 'a':\n        raise HTTPException(status_code=status.HTTP_403_FORBIDDEN)\n"
        "@app.post('/x')\ndef x(q: str, u=Depends(check_role)):\n    return ask(q)\n",
    ),
    "one that gives a constant": (
        False,
        "async def get_user_id():\n    return 'me'\n@app.post('/x')\ndef x(q: str, u=Depends(get_user_id)):\n    return ask(q)\n",
    ),
    "one that is optional": (
        False,
        "from deps import get_current_user_optional\n@app.post('/x')\ndef x(q: str, u=Depends(get_current_user_optional)):\n    return ask(q)\n",
    ),
    "one of another package": (
        True,
        "from accounts import current_user\n@app.post('/x')\ndef x(q: str, u=Depends(current_user)):\n    return ask(q)\n",
    ),
    "an alias": (
        True,
        LOGIN
        + "CurrentUser = Annotated[str, Depends(get_current_user)]\n@app.post('/x')\ndef x(q: str, user: CurrentUser):\n    return ask(q)\n",
    ),
    "a call that gives one": (
        True,
        LOGIN
        + "def require_admin():\n    return Depends(get_current_user)\n@app.post('/x')\ndef x(q: str, user=require_admin()):\n    return ask(q)\n",
    ),
    "of the decorator": (
        True,
        "async def only_ours(x: str = Header()):\n    if x != 'x':\n        raise HTTPException(status_code=401)\n"
        "@app.post('/x', dependencies=[Depends(only_ours)])\ndef x(q: str):\n    return ask(q)\n",
    ),
    "a scheme": (
        True,
        "from fastapi.security import OAuth2PasswordBearer\noauth2_scheme = OAuth2PasswordBearer(tokenUrl='t')\n"
        "def user_of(token=Depends(oauth2_scheme)):\n    return token\n@app.post('/x')\ndef x(q: str, u=Depends(user_of)):\n    return ask(q)\n",
    ),
    "a scheme that never refuses": (
        False,
        "from fastapi.security import HTTPBearer\nauth = HTTPBearer(auto_error=False)\n"
        "@app.post('/x')\ndef x(q: str, u=Depends(auth)):\n    return ask(q)\n",
    ),
    "an object that is called": (
        True,
        "class Roles:\n    def __init__(self, role):\n        self.role = role\n    def __call__(self, x: str = Header()):\n"
        "        if x != self.role:\n            raise HTTPException(403)\n"
        "@app.post('/x')\ndef x(q: str, u=Depends(Roles('a'))):\n    return ask(q)\n",
    ),
    "a header that is read": (False, "@app.post('/x')\ndef x(q: str, token: str = Header()):\n    return ask(q)\n"),
}


@pytest.mark.parametrize("name", DEPENDENCIES)
def test_dependencies_are_judged_by_what_they_do(name: str) -> None:
    guarded, code = DEPENDENCIES[name]
    (route,) = call_of({"a.py": FASTAPI + code}).routes
    assert isinstance(route.auth, Given) is guarded


def test_an_alias_of_another_file() -> None:
    files = {
        "app/deps.py": FASTAPI + LOGIN + "CurrentUser = Annotated[str, Depends(get_current_user)]\n",
        "app/main.py": FASTAPI
        + "from app.deps import CurrentUser\n@app.post('/x')\ndef x(q: str, user: CurrentUser):\n    return ask(q)\n",
    }
    found = [r for call in calls_of(files) for r in call.routes]
    assert [isinstance(r.auth, Given) for r in found] == [True]


IN_HANDLER = {
    "a database session": (False, "db = SessionLocal()\n    db.add(q)\n    db.commit()"),
    "a session of requests": (False, "session = requests.Session()\n    session.get('https://x')"),
    "a thing named session": (False, "s = ChatSession(q)\n    s.touch()"),
    "a stored conversation": (False, "past = load_session(q)\n    past.append(q)"),
    "a key of one's own": (False, "key = get_api_key('openai')\n    if not key:\n        return 'no key'"),
    "text that is checked": (False, "if not verify_output(q):\n        return 'no'"),
    "guardrails": (False, "q = apply_guardrails(q)"),
    "tokens that are counted": (False, "if token_budget(q) > 100:\n        return 'long'"),
    "chats of a user": (False, "chats = get_user_chats(1)\n    chats.append(q)"),
    "a user that is looked up and tested": (
        True,
        "user = get_current_user(q)\n    if user is None:\n        return 'no'",
    ),
    "a user that is looked up and not tested": (False, "user = get_current_user(q)\n    log(user)"),
    "a helper that refuses": (True, "verify_caller(q)"),
    "a login that is enforced": (True, "require_login(q)"),
    "a token that is verified": (True, "claims = jwt.verify(q)"),
    "a branch that refuses": (True, "if headers.get('x-token') != TOKEN:\n        raise HTTPException(401)"),
    "a helper that passes on what the vendor refuses": (False, "q = passes_on(q)"),
    "a helper whose token is refused": (True, "who = decoded(q)"),
    "a branch that refuses for another reason": (False, "if not q:\n        raise HTTPException(403)"),
}
HELPERS = (
    "import requests\nclass ChatSession:\n    def __init__(self, s):\n        self.s = s\n"
    "def get_user_chats(n):\n    return [n]\n"
    "def passes_on(q):\n    answer = requests.post('https://x', json=q)\n    if answer.user_error == 401:\n"
    "        raise HTTPException(401)\n    return answer\n"
    "def decoded(q):\n    try:\n        return jwt.decode(q)\n    except ValueError:\n        raise HTTPException(401)\n"
    "def verify_caller(q):\n    if q.user != 'me':\n        raise HTTPException(401)\n"
)


@pytest.mark.parametrize("name", IN_HANDLER)
def test_calls_in_the_handler_count_if_they_can_end_it(name: str) -> None:
    guarded, line = IN_HANDLER[name]
    code = FASTAPI + HELPERS + f"@app.post('/x')\ndef x(q: str):\n    {line}\n    return ask(q)\n"
    (route,) = call_of({"a.py": code}).routes
    assert isinstance(route.auth, Given) is guarded


IN_SCRIPT = {
    "a table named so": (False, "const rows = await db.select().from(studySessions).where(eq(studySessions.id, id));"),
    "rows that are named so": (
        False,
        "const sessions = rows(id); const all = sessions.map((s) => s.id); if (!all) return;",
    ),
    "a session that is asked": (True, "if (!session.get('user')) return new Response('no');"),
    "what is loaded": (False, "const past = await loadSessions(id);"),
    "a checksum": (False, "const ok = verifyChecksum(q);"),
    "an id that is made": (False, "const sid = createSessionId();"),
    "part of a key": (False, 'console.log("key: " + apiKey?.substring(0, 4));'),
    "a client that gets a key": (
        False,
        "const model = new GoogleGenerativeAI(apiKey).getGenerativeModel({ model: 'x' });",
    ),
    "what is saved": (False, "await saveSession(id);"),
    "a session that is tested": (
        True,
        "const session = await getServerSession(); if (!session) return new Response('no');",
    ),
    "a user that is opened": (True, "const { data: { user } } = await supabase.auth.getUser(); const uid = user.id;"),
    "one that throws": (True, "await auth.protect();"),
    "one that is tested at once": (True, "if (!(await verifyToken(request))) return new Response('no');"),
}


@pytest.mark.parametrize("name", IN_SCRIPT)
def test_calls_in_a_script_count_if_they_can_end_it(name: str) -> None:
    guarded, line = IN_SCRIPT[name]
    code = SCRIPT + (
        "export async function POST(request: Request) {\n  const { q, id } = await request.json();\n"
        f"  {line}\n  return Response.json(await client.chat.completions.create({{ model: 'm', messages: [q] }}));\n}}\n"
    )
    files = {"package.json": '{"dependencies": {"next": "15"}}', "src/app/api/chat/route.ts": code}
    (route,) = call_of(files).routes
    assert isinstance(route.auth, Given) is guarded


DJANGO = (
    "from django.views import View\nfrom django.contrib.auth.mixins import LoginRequiredMixin, PermissionRequiredMixin, UserPassesTestMixin\n"
    + PYTHON
)
VIEWS = {
    "none": (False, "class Ask(View):\n    def post(self, request):\n        return CALL\n"),
    "login mixin": (True, "class Ask(LoginRequiredMixin, View):\n    def post(self, request):\n        return CALL\n"),
    "permission mixin": (
        True,
        "class Ask(PermissionRequiredMixin, View):\n    def post(self, request):\n        return CALL\n",
    ),
    "own mixin": (
        True,
        "class StaffOnly(UserPassesTestMixin):\n    pass\nclass Ask(StaffOnly, View):\n    def post(self, request):\n        return CALL\n",
    ),
    "own base that lists permissions": (
        True,
        "from rest_framework.views import APIView\nfrom rest_framework.permissions import IsAuthenticated\n"
        "class Base(APIView):\n    permission_classes = [IsAuthenticated]\nclass Ask(Base):\n    def post(self, request):\n        return CALL\n",
    ),
}


@pytest.mark.parametrize("name", VIEWS)
def test_classes_of_views(name: str) -> None:
    guarded, code = VIEWS[name]
    code = DJANGO + code.replace("CALL", "client.chat.completions.create(model='m', messages=[request.POST['q']])")
    (route,) = call_of({"views.py": code}).routes
    assert isinstance(route.auth, Given) is guarded


@pytest.mark.parametrize(
    ("own", "setting", "guarded"),
    [
        ("", "IsAuthenticated", True),
        ("", "AllowAny", False),
        ("    permission_classes = []\n", "IsAuthenticated", False),
    ],
)
def test_permissions_of_the_settings(own: str, setting: str, guarded: bool) -> None:
    files = {
        "views.py": "from rest_framework.views import APIView\n"
        + PYTHON
        + f"class Ask(APIView):\n{own}    def post(self, request):\n"
        "        return client.chat.completions.create(model='m', messages=[request.data['q']])\n",
        "site/settings.py": f"REST_FRAMEWORK = {{'DEFAULT_PERMISSION_CLASSES': ['rest_framework.permissions.{setting}']}}\n",
    }
    (route,) = call_of(files).routes
    assert isinstance(route.auth, Given) is guarded


LIMITS = {
    "none": (False, "pass"),
    "a branch that answers 429": (True, "if store.incr(q) > 10:\n        raise HTTPException(status_code=429)"),
    "a helper that answers 429": (True, "slow(q)"),
    "a message about quotas": (False, "text = quota_message(q)"),
    "headers": (False, "headers = rate_limit_headers()"),
    "a trimmed text": (False, "q = TokenLimiter(100).trim(q)"),
    "an error of the vendor that is passed on": (
        False,
        "try:\n        ask('')\n    except Exception as e:\n        if e.status_code == 429:\n            raise HTTPException(429)",
    ),
    "the last text": (False, "if q not in last_message:\n        return 'nothing'"),
    "a time since the last call": (
        True,
        "if q in last_seen_at and now() - last_seen_at[q] < 3:\n        return 'later'",
    ),
}


@pytest.mark.parametrize("name", LIMITS)
def test_limits_in_the_handler(name: str) -> None:
    limited, line = LIMITS[name]
    helper = "def slow(key):\n    if store.incr(key) > 10:\n        raise HTTPException(429)\n"
    (route,) = call_of(
        {"a.py": FASTAPI + helper + f"@app.post('/x')\ndef x(q: str):\n    {line}\n    return ask(q)\n"}
    ).routes
    assert isinstance(route.rate_limit, Given) is limited


def test_a_cooldown_of_a_bot() -> None:
    code = (
        "from discord.ext import commands\n"
        + PYTHON
        + (
            "bot = commands.Bot()\n@bot.command()\n@commands.cooldown(1, 30, commands.BucketType.user)\n"
            "async def chat(ctx, *, text):\n    client.chat.completions.create(model='m', messages=[text])\n"
        )
    )
    (route,) = call_of({"bot.py": code}).routes
    assert isinstance(route.rate_limit, Given)


ROUTER = SCRIPT + (
    'import express from "express";\nconst router = express.Router();\n'
    'router.post("/", async (req, res) => {\n'
    "  res.json(await client.chat.completions.create({ model: 'm', messages: [req.body.text] }));\n});\nexport default router;\n"
)
APP = (
    'import express from "express";\nimport rateLimit from "express-rate-limit";\nimport ask from "./ask.js";\n'
    'import { requireLogin } from "./login.js";\nconst app = express();\n'
)
MOUNTS = {
    "nothing": (False, False, 'app.use("/api/ask", ask);\n'),
    "at the mount": (True, False, 'app.use("/api/ask", requireLogin, ask);\n'),
    "before it": (True, True, 'app.use(requireLogin);\napp.use(rateLimit({ max: 5 }));\napp.use("/api/ask", ask);\n'),
    "for its prefix": (False, True, 'app.use("/api", rateLimit({ max: 5 }));\napp.use("/api/ask", ask);\n'),
    "for another prefix": (False, False, 'app.use("/admin", requireLogin);\napp.use("/api/ask", ask);\n'),
    "beside a router for logins": (
        False,
        False,
        'import authRoutes from "./auth.js";\napp.use(authRoutes);\napp.use("/api/ask", ask);\n',
    ),
}


@pytest.mark.parametrize("name", MOUNTS)
def test_what_a_mounted_router_passes(name: str) -> None:
    guarded, limited, code = MOUNTS[name]
    (route,) = call_of({"app.js": APP + code, "ask.js": ROUTER}).routes
    assert isinstance(route.auth, Given) is guarded
    assert isinstance(route.rate_limit, Given) is limited


@pytest.mark.parametrize(("prefix", "guarded"), [("/admin", False), ("/open", True), ("/", True), ("/o*", True)])
def test_middleware_holds_for_its_prefix(prefix: str, guarded: bool) -> None:
    code = SCRIPT + (
        'import express from "express";\nimport { requireLogin } from "./login.js";\nconst app = express();\n'
        f'app.use("{prefix}", requireLogin);\napp.post("/open", async (req, res) => {{\n'
        "  res.json(await client.chat.completions.create({ model: 'm', messages: [req.body.text] }));\n});\n"
    )
    (route,) = call_of({"app.js": code}).routes
    assert isinstance(route.auth, Given) is guarded


def test_a_router_for_logins_beside_it_guards_nothing() -> None:
    code = (
        FASTAPI
        + "from auth import auth_router\napp.include_router(auth_router)\n@app.post('/x')\ndef x(q: str):\n    return ask(q)\n"
    )
    (route,) = call_of({"a.py": code}).routes
    assert isinstance(route.auth, Absent)


def test_dependencies_of_an_included_router() -> None:
    files = {
        "ask.py": "from fastapi import APIRouter\n"
        + PYTHON
        + "router = APIRouter()\n@router.post('/x')\ndef x(q: str):\n"
        "    return client.chat.completions.create(model='m', messages=[q])\n",
        "main.py": FASTAPI
        + LOGIN
        + "from ask import router\napp.include_router(router, prefix='/v1', dependencies=[Depends(get_current_user)])\n",
    }
    (route,) = [r for call in calls_of(files) for r in call.routes]
    assert isinstance(route.auth, Given)
