"""Keys handed to print, log and response functions: what is one, and what is only about one."""

from __future__ import annotations

import pytest

from auditor.catalog.bundlers import bundlers
from auditor.catalog.load import load_catalog
from auditor.link.key_names import KeyNames
from auditor.link.logged_keys import logged_keys

NAMES = KeyNames(load_catalog(), bundlers())


def found(text: str, language: str) -> list[tuple[str, str]]:
    return [(vendor, name) for _, vendor, name in logged_keys(text, language, NAMES)]


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("javascript", "console.log(process.env.OPENAI_API_KEY)", ("openai", "OPENAI_API_KEY")),
        ("javascript", "console.log(`key: ${openaiApiKey}`)", ("openai", "openaiApiKey")),
        ("javascript", "logger.info('key', config.geminiApiKey)", ("google", "geminiApiKey")),
        ("javascript", "res.status(200).json({ key: process.env.GROQ_API_KEY })", ("groq", "GROQ_API_KEY")),
        ("python", "print(openai_api_key)", ("openai", "openai_api_key")),
        ("python", "print(f'key={OPENAI_API_KEY}')", ("openai", "OPENAI_API_KEY")),
        ("python", "logger.debug('key %s', settings.anthropic_api_key)", ("anthropic", "anthropic_api_key")),
        ("python", "print(os.environ['MISTRAL_API_KEY'])", ("mistral", "MISTRAL_API_KEY")),
        ("python", "print(os.getenv('OPENAI_API_KEY'))", ("openai", "OPENAI_API_KEY")),
        ("javascript", "console.log(JSON.stringify({ key: openaiApiKey }))", ("openai", "openaiApiKey")),
        ("javascript", "console.log((openaiApiKey))", ("openai", "openaiApiKey")),
        ("javascript", "console.log(await ask(q), openaiApiKey)", ("openai", "openaiApiKey")),
        ("python", "print(str(openai_api_key))", ("openai", "openai_api_key")),
        ("python", "print('key: {}'.format(openai_api_key))", ("openai", "openai_api_key")),
        ("python", "print(str(os.environ['OPENAI_API_KEY']))", ("openai", "OPENAI_API_KEY")),
        ("python", "print(ask(q), os.environ['OPENAI_API_KEY'])", ("openai", "OPENAI_API_KEY")),
    ],
)
def test_logged(language: str, text: str, expected: tuple[str, str]) -> None:
    assert found(text, language) == [expected]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("javascript", "console.log('OPENAI_API_KEY is missing')"),
        ("javascript", "console.log(`set ${'OPENAI_API_KEY'}`)"),
        ("javascript", "console.log(!!process.env.OPENAI_API_KEY)"),
        ("javascript", "console.log('key', openaiApiKey ? 'set' : 'missing')"),
        ("javascript", "console.log(openaiApiKey.length)"),
        ("javascript", "console.log(openaiApiKey.slice(-4))"),
        ("javascript", "console.log(mask(openaiApiKey))"),
        ("javascript", "console.log(Boolean(openaiApiKey))"),
        ("javascript", "new OpenAI({ apiKey: openaiApiKey })"),
        ("javascript", "console.log(weatherApiKey)"),
        ("javascript", "console.log(await summarize(env.OPENROUTER_API_KEY, 'news'))"),
        ("javascript", "console.log(`said: ${await ask({ apiKey: openaiApiKey })}`)"),
        ("javascript", "res.json(await ask(new OpenAI({ apiKey: process.env.OPENAI_API_KEY }), q))"),
        ("python", "print(ask(os.environ['OPENAI_API_KEY'], q))"),
        ("python", "print(ask(q, key=openai_api_key))"),
        ("python", "print(f'said: {ask(openai_api_key)}')"),
        ("python", "print(str(ask(openai_api_key)))"),
        ("python", "print('Set OPENAI_API_KEY first')"),
        ("python", "print('key:', 'set' if openai_api_key else 'missing')"),
        ("python", "print(bool(openai_api_key))"),
        ("python", "print(openai_api_key[-4:])"),
        ("python", "print(openai_api_key is None)"),
        ("python", "print(f'{len(openai_api_key)} characters')"),
        ("python", "print('{openai_api_key}')"),
        ("python", "print(openai_token_usage)"),
        ("python", "logger.info('found %s', bool(os.getenv('OPENAI_API_KEY')))"),
    ],
)
def test_not_logged(language: str, text: str) -> None:
    assert found(text, language) == []
