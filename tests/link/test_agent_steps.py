"""How many turns agents and teams of them take: their limits, their stop conditions, and how those are joined."""

from __future__ import annotations

import pytest

from tests.link.flows import calls_of

AGENTS = """
from autogen_agentchat.agents import AssistantAgent
from autogen_agentchat.teams import MagenticOneGroupChat, RoundRobinGroupChat, SelectorGroupChat
from autogen_agentchat.conditions import (
    FunctionalTermination, MaxMessageTermination, TextMentionTermination, TimeoutTermination, TokenUsageTermination,
)
from autogen_ext.models.openai import OpenAIChatCompletionClient
c = OpenAIChatCompletionClient(model="gpt-4o")
a, b = AssistantAgent(name="a", model_client=c), AssistantAgent(name="b", model_client=c)
said, most = TextMentionTermination("DONE"), MaxMessageTermination(max_messages=25)
either = said | most
"""
TEAMS: dict[str, tuple[str, str, int | None]] = {
    "either ends it": (
        "RoundRobinGroupChat([a], termination_condition=said | MaxMessageTermination(9))",
        "bounded",
        9,
    ),
    "either, by name": ("RoundRobinGroupChat([a], termination_condition=either)", "bounded", 25),
    "both are wanted, one is the model's word": (
        "RoundRobinGroupChat([a], termination_condition=said & most)",
        "unbounded",
        None,
    ),
    "both are wanted, both count": (
        "RoundRobinGroupChat([a], termination_condition=most & MaxMessageTermination(30))",
        "bounded",
        30,
    ),
    "one of three": (
        "RoundRobinGroupChat([a], termination_condition=said | (said & most) | TimeoutTermination(60))",
        "bounded",
        None,
    ),
    "the model's word": ("RoundRobinGroupChat([a], termination_condition=said)", "unbounded", None),
    "messages": ("RoundRobinGroupChat([a], most)", "bounded", 25),
    "tokens": (
        "RoundRobinGroupChat([a], termination_condition=TokenUsageTermination(max_total_token=900))",
        "bounded",
        None,
    ),
    "a function of one's own": (
        "RoundRobinGroupChat([a], termination_condition=said | FunctionalTermination(f))",
        "none",
        None,
    ),
    "turns": ("SelectorGroupChat([a, b], model_client=c, max_turns=4)", "bounded", 4),
    "a condition beside turns": (
        "RoundRobinGroupChat([a], max_turns=4, termination_condition=said)",
        "bounded",
        4,
    ),
    "nothing": ("RoundRobinGroupChat([a])", "unbounded", None),
    "nothing for a selector": ("SelectorGroupChat([a, b], model_client=c)", "unbounded", None),
    "a default": ("MagenticOneGroupChat([a], model_client=c)", "bounded", 20),
    "options that cannot be read": ("RoundRobinGroupChat([a], **load())", "none", None),
    "a condition from elsewhere": ("RoundRobinGroupChat([a], termination_condition=load())", "none", None),
}


@pytest.mark.parametrize("name", TEAMS)
def test_a_team_ends_by_its_conditions(name: str) -> None:
    team, kind, limit = TEAMS[name]
    (call,) = calls_of({"app.py": f"{AGENTS}from x import f, load\n{team}.run(task=input())\n"})
    assert (call.loop.kind, call.loop.limit) == (kind, limit)


OLD = """
from autogen import AssistantAgent, GroupChat, GroupChatManager, UserProxyAgent
a = AssistantAgent("a", llm_config={"config_list": [{"model": "gpt-4o"}]})
"""
CHATS = {
    "a default": ("UserProxyAgent('u').initiate_chat(a, message=input())", 100),
    "of the one who asks": (
        "UserProxyAgent('u', max_consecutive_auto_reply=5).initiate_chat(a, message=input())",
        5,
    ),
    "of the chat": ("UserProxyAgent('u').initiate_chat(a, message=input(), max_turns=2)", 2),
    "of the group": (
        "UserProxyAgent('u').initiate_chat(GroupChatManager(groupchat=GroupChat(agents=[a], messages=[], max_round=6)), message=input())",
        6,
    ),
}


@pytest.mark.parametrize("name", CHATS)
def test_a_chat_of_old_ends_by_what_is_given_to_anyone_in_it(name: str) -> None:
    chat, limit = CHATS[name]
    (call,) = calls_of({"app.py": f"{OLD}{chat}\n"})
    assert (call.loop.kind, call.loop.limit, getattr(call.model, "value", "")) == ("bounded", limit, "gpt-4o")
