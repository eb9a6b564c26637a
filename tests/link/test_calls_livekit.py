"""The models of voice agents: each of those who hear, think and speak is paid for."""

from __future__ import annotations

import pytest

from tests.link.flows import repo_of

IMPORTS = """
from livekit.agents import Agent, AgentSession, inference, llm
from livekit.plugins import anthropic, azure, cartesia, deepgram, elevenlabs, google, groq, openai, silero
"""
CASES: dict[str, tuple[str, list[tuple[str, str, str]]]] = {
    "one vendor for all": (
        "AgentSession(\n stt=openai.STT(model='whisper-1'),\n llm=openai.LLM(model='gpt-4o-mini'),\n tts=openai.TTS(voice='onyx'))",
        [("openai", "framework-model", "audio"), ("openai", "framework-model", "chat"), ("openai", "framework-model", "speech")],
    ),
    "a vendor each": (
        "AgentSession(\n stt=deepgram.STT(),\n llm=anthropic.LLM(model='m'),\n tts=cartesia.TTS(), vad=silero.VAD.load())",
        [("other:deepgram", "framework-model", "audio"), ("anthropic", "framework-model", "chat"), ("other:cartesia", "framework-model", "speech")],
    ),
    "by a method": ("AgentSession(llm=openai.LLM.with_azure(model='m'))", [("azure-openai", "framework-model", "chat")]),
    "another address": ("AgentSession(llm=openai.LLM(base_url='https://api.deepseek.com/v1'))", [("deepseek", "framework-model", "chat")]),
    "speech to speech": ("AgentSession(llm=openai.realtime.RealtimeModel())", [("openai", "framework-model", "chat")]),
    "one behind the other": (
        "AgentSession(llm=llm.FallbackAdapter([\n google.LLM(model='m'),\n groq.LLM(model='n')]))",
        [("google", "framework-model", "chat"), ("groq", "framework-model", "chat")],
    ),
    "named by text": ("AgentSession(llm='openai/gpt-4o-mini', tts='cartesia/sonic')", [("other:livekit-inference", "gateway-call", "agent")]),
    "through the gateway": ("AgentSession(llm=inference.LLM(model='openai/gpt-4o'))", [("other:livekit-inference", "gateway-call", "chat")]),
    "no model of its own": (
        "AgentSession(tts=azure.TTS()).start(agent=Agent(instructions='x'))",
        [("other:azure-speech", "framework-model", "speech")],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("code", "wanted"), CASES.values(), ids=CASES.keys())
def test_each_model_of_a_voice_agent_is_a_row(code: str, wanted: list[tuple[str, str, str]]) -> None:
    calls = repo_of({"app.py": f"{IMPORTS}s = {code}\n"}).llm_calls
    assert [(c.vendor, c.kind, c.operation) for c in calls] == wanted


def test_an_agent_of_old_without_a_model_is_no_row() -> None:
    code = "from autogen import ConversableAgent\na = ConversableAgent('a', human_input_mode='ALWAYS')\n"
    assert not repo_of({"app.py": code}).llm_calls
