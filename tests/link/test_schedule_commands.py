"""Every form of a command line that starts code, each to a job that calls a model and to one that does not."""

from __future__ import annotations

import pytest

from tests.link.test_schedules import ASK_TS, JOB, found

QUIET = "print('nothing')\n"
NODE = 'import { ask } from "./ask";\nawait ask();\n'
TREE = {
    "job.py": JOB,
    "quiet.py": QUIET,
    "app/job.py": JOB,
    "pkg/__init__.py": "",
    "pkg/job.py": JOB,
    "pkg/quiet.py": QUIET,
    "pkg/__main__.py": "from pkg.job import main\nmain()\n",
    "src/tool/__init__.py": "",
    "src/tool/run.py": JOB,
    "pyproject.toml": '[project]\nname = "tool"\n[project.scripts]\nnews = "pkg.job:main"\nclean = "pkg.quiet:main"\n',
    "package.json": '{"scripts": {"news": "tsx src/job.ts", "clean": "tsx src/quiet.ts", "start": "node src/job.js",\n'
    ' "chained": "npm run clean && npm run news"}}',
    "src/job.ts": NODE,
    "src/quiet.ts": "console.log('nothing');\n",
    "src/ask.ts": ASK_TS,
    "src/job.js": 'import { ask } from "./ask.js";\nawait ask();\n',
    "src/ask.js": ASK_TS.replace("export async", "export async"),
    "web/package.json": '{"name": "web", "scripts": {"news": "tsx job.ts"}}',
    "web/job.ts": 'import { ask } from "../src/ask";\nawait ask();\n',
    "Makefile": "PY = python\n\nnews: setup\n\t@$(PY) job.py\n\nsetup:\n\techo setup\n\nclean:\n\tpython quiet.py\n",
    "justfile": "news:\n    python job.py\n\nclean:\n    python quiet.py\n",
    "scripts/run.sh": '#!/bin/bash\nset -euo pipefail\ncd "$(dirname "$0")/.."\nsource venv/bin/activate\nexec python job.py "$@"\n',
    "scripts/clean.sh": "#!/bin/sh\ncd app || exit 1\necho python job.py\n",
    "Dockerfile": 'FROM python:3.12\nWORKDIR /srv\nCOPY . .\nENTRYPOINT ["python"]\nCMD ["job.py"]\n',
    "docker-compose.yml": "services:\n  news:\n    build: .\n    command: job.py\n  clean:\n    build: .\n    command: quiet.py\n",
    "Procfile": "web: gunicorn app\nnews: python job.py\nclean: python quiet.py\n",
    "manage.py": "import sys\nfrom django.core.management import execute_from_command_line\nexecute_from_command_line(sys.argv)\n",
    "core/management/commands/news.py": "from django.core.management.base import BaseCommand\nfrom job import main\n\n\n"
    "class Command(BaseCommand):\n    def handle(self, *args, **options):\n        main()\n",
    "core/management/commands/clean.py": "from django.core.management.base import BaseCommand\n\n\n"
    "class Command(BaseCommand):\n    def handle(self, *args, **options):\n        print('clean')\n",
    "pkg/builder.py": "from job import main\n\n\nclass Base:\n    def build(self):\n        main()\n\n\n"
    "class Builder(Base):\n    def count(self):\n        return 1\n",
    "tasks.py": "from celery import Celery\nfrom job import main\napp = Celery()\n\n\n@app.task\ndef news():\n    main()\n\n\n"
    "@app.task\ndef clean():\n    print('clean')\n",
    "server.py": "from fastapi import FastAPI\nfrom job import main\napi = FastAPI()\n\n\n@api.post('/cron/news')\ndef news():\n    main()\n\n\n"
    "@api.get('/cron/clean')\ndef clean():\n    return 'clean'\n",
}

FORMS = [
    "python job.py",
    "python3.12 -u job.py --verbose",
    "/usr/bin/env python3 /srv/repo/job.py",
    "./venv/bin/python job.py >> /var/log/job.log 2>&1",
    "python -m pkg.job",
    "python -m pkg",
    "python -c 'from pkg.job import main; main()'",
    "python -c 'from pkg.builder import Builder; b = Builder(); b.build()'",
    "python -c 'from pkg.builder import Builder as B; B().build()'",
    "python -c 'from pkg.job import main as go; go()'",
    "cd app && python job.py",
    "cd /srv/repo/app; python job.py",
    "PYTHONPATH=src python -m tool.run",
    "uv run job.py",
    "uv run --with requests python -m pkg.job",
    "uv run news",
    "uvx --from . news",
    "poetry run python job.py",
    "poetry run news",
    "pipenv run python -m pkg.job",
    "pdm run python job.py",
    "hatch run python job.py",
    "conda run -n base python job.py",
    "news",
    "npx tsx src/job.ts",
    "npx ts-node --transpile-only src/job.ts",
    "tsx src/job.ts",
    "bun run src/job.ts",
    "node src/job.js",
    "node --env-file=.env src/job.js",
    "npm run news",
    "npm run --silent news",
    "npm start",
    "npm run chained",
    "npm --prefix web run news",
    "pnpm news",
    "pnpm run news",
    "pnpm --filter web news",
    "yarn news",
    "yarn run news",
    "yarn workspace web news",
    "make news",
    "make -C . news",
    "just news",
    "bash scripts/run.sh",
    "./scripts/run.sh",
    "sh -c 'cd app && python job.py'",
    "flock -n /tmp/lock timeout 10m nice -n 10 python job.py",
    "docker compose run --rm news",
    "docker compose run --rm clean job.py",
    "docker build -t news . && docker run --rm news",
    "docker run --rm news job.py",
    "honcho start news",
    "heroku run news",
    "python manage.py news",
    "django-admin news --settings=site.settings",
    "celery -A tasks call tasks.news",
    "curl -fsS -X POST http://localhost:8000/cron/news",
    "curl -X POST $APP_URL/cron/news",
    "wget -qO- --method=POST http://127.0.0.1:8000/cron/news",
    "xvfb-run -a python job.py",
    "dotenv run -- python job.py",
    "doppler run -- python job.py",
    "(cd app; python job.py) || true",
    "if true; then python job.py; fi",
    "python quiet.py && python job.py",
    "echo start; python job.py | tee log",
]
SILENT = [
    "python -c 'from pkg.builder import Builder; print(Builder().count())'",
    "python -c 'from pkg.builder import Builder; from pkg.job import main as go; Builder()'",
    "python quiet.py",
    "python -m pkg.quiet",
    "uv run clean",
    "npm run clean",
    "make clean",
    "just clean",
    "bash scripts/clean.sh",
    "docker compose run --rm clean",
    "python manage.py clean",
    "celery -A tasks call tasks.clean",
    "curl http://localhost:8000/cron/clean",
    "echo python job.py",
    "grep -r job.py .",
    "cat job.py | wc -l",
    "true # python job.py",
    "if false; then python job.py; fi",
]


@pytest.mark.parametrize("command", FORMS)
def test_a_command_that_starts_the_job(command: str) -> None:
    ((_, trigger),) = found({**TREE, "ops/crontab": f"0 6 * * * {command}\n"})
    assert trigger.reaches is True, trigger.lost


@pytest.mark.parametrize("command", SILENT)
def test_a_command_that_starts_something_else(command: str) -> None:
    ((_, trigger),) = found({**TREE, "ops/crontab": f"0 6 * * * {command}\n"})
    assert trigger.reaches is False, trigger.lost
