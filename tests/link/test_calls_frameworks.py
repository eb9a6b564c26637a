"""Python frameworks: which of their constructors and calls ask a model, whose it is, and how often at most."""

from __future__ import annotations

import pytest

from tests.link.flows import repo_of

OPENAI, BEDROCK = "openai framework-model chat", "bedrock framework-model agent"
CASES: dict[str, tuple[str, list[str]]] = {
    "aider": (
        "from aider.coders import Coder\nfrom aider.models import Model\n"
        "m = Model('gpt-4o')\nCoder.create(main_model=m, fnames=[]).run(input())",
        ["litellm framework-model chat bounded"],
    ),
    "agno by text": ("from agno.agent import Agent\nAgent(model='openai:gpt-4o').run(input())", ["openai framework-model agent none"]),
    "agno by a model of its own": (
        "from agno.agent import Agent\nfrom agno.models.anthropic import Claude\nAgent(model=Claude(id='m')).run(input())",
        ["anthropic framework-model chat none"],
    ),
    "agno without a model that is seen": ("from agno.agent import Agent\nfrom x import m\nAgent(model=m).run(input())", []),
    "agno embeds": (
        "from agno.knowledge.embedder.openai import OpenAIEmbedder\nOpenAIEmbedder().get_embedding('q')",
        ["openai framework-model embeddings none"],
    ),
    "strands by text": ("from strands import Agent\nAgent(model='us.anthropic.claude-x-v1:0')(input())", [f"{BEDROCK} none"]),
    "browser-use": (
        "from browser_use import Agent, ChatOpenAI\nAgent(task=input(), llm=ChatOpenAI(model='m')).run(max_steps=9)",
        [f"{OPENAI} bounded"],
    ),
    "browser-use with another's model": (
        "from browser_use import Agent\nfrom langchain_anthropic import ChatAnthropic\nAgent(task='t', llm=ChatAnthropic(model='m')).run()",
        ["anthropic framework-model chat bounded"],
    ),
    "pipecat": (
        "from pipecat.services.openai.llm import OpenAILLMService\nfrom pipecat.services.cartesia.tts import CartesiaTTSService\n"
        "from pipecat.pipeline.pipeline import Pipeline\nfrom pipecat.pipeline.task import PipelineTask\nfrom pipecat.pipeline.runner import PipelineRunner\n"
        "llm = OpenAILLMService(model='m')\ntts = CartesiaTTSService(voice_id='v')\nPipelineRunner().run(PipelineTask(Pipeline([llm, tts])))",
        [f"{OPENAI} none", "other:cartesia framework-model speech none"],
    ),
    "mem0": ("from mem0 import Memory\nMemory().add(input(), user_id='u')", [f"{OPENAI} none"]),
    "mem0 with another": (
        "from mem0 import Memory\nMemory.from_config({'llm': {'provider': 'anthropic', 'config': {'model': 'm'}}}).add('q', user_id='u')",
        ["anthropic framework-model chat none"],
    ),
    "camel": (
        "from camel.agents import ChatAgent\nfrom camel.models import ModelFactory\nfrom camel.types import ModelPlatformType, ModelType\n"
        "m = ModelFactory.create(model_platform=ModelPlatformType.ANTHROPIC, model_type=ModelType.X)\nChatAgent('s', model=m).step(input())",
        ["anthropic framework-model chat none"],
    ),
    "scrapegraph": (
        "from scrapegraphai.graphs import SmartScraperGraph\n"
        "SmartScraperGraph(prompt='p', source='u', config={'llm': {'model': 'openai/gpt-4o', 'max_tokens': 5}}).run()",
        [f"{OPENAI} none"],
    ),
    "chroma": (
        "import chromadb\nfrom chromadb.utils import embedding_functions\n"
        "e = embedding_functions.OpenAIEmbeddingFunction(model_name='m')\nc = chromadb.PersistentClient().get_or_create_collection('c', embedding_function=e)\nc.add(documents=['d'], ids=['1'])",
        ["openai framework-model embeddings none"],
    ),
    "agent framework": (
        "from agent_framework import ChatAgent\nfrom agent_framework.openai import OpenAIChatClient\n"
        "ChatAgent(chat_client=OpenAIChatClient(model_id='m')).run(input())",
        [f"{OPENAI} bounded"],
    ),
    "swarm has no bound": (
        "from swarm import Agent, Swarm\nSwarm().run(agent=Agent(model='gpt-4o'), messages=[])",
        ["openai sdk-call agent unbounded"],
    ),
    "letta": (
        "from letta_client import Letta\nLetta(token='t').agents.messages.create(agent_id='a', messages=[])",
        ["other:letta gateway-call agent none"],
    ),
    "any-llm": ("from any_llm import completion\ncompletion(model='mistral/m', messages=[])", ["mistral gateway-call chat none"]),
    "langextract": ("import langextract as lx\nlx.extract('t', model_id='gemini-2.5-flash')", ["google sdk-call chat none"]),
    "langroid": (
        "import langroid as lr\nimport langroid.language_models as lm\n"
        "lr.ChatAgent(lr.ChatAgentConfig(llm=lm.OpenAIGPTConfig(chat_model='m'))).llm_response('q')",
        [f"{OPENAI} none"],
    ),
    "praison": ("from praisonaiagents import Agent\nAgent(llm='gpt-4o-mini').start('q')", ["openai framework-model agent none"]),
    "guidance": ("from guidance import models\nlm = models.OpenAI('gpt-4o')\nlm('q')", [f"{OPENAI} none"]),
    "outlines": (
        "import outlines\nfrom anthropic import Anthropic\nm = outlines.from_anthropic(Anthropic(), 'm')\nm('q', int)",
        ["anthropic sdk-call chat none"],
    ),
    "marvin": ("import marvin\nmarvin.classify('t', labels=['a'])", ["openai sdk-call chat none"]),
}  # fmt: skip


@pytest.mark.parametrize(("code", "wanted"), CASES.values(), ids=CASES.keys())
def test_who_is_asked(code: str, wanted: list[str]) -> None:
    calls = repo_of({"app.py": code + "\n"}).llm_calls
    assert [f"{c.vendor} {c.kind} {c.operation} {c.loop.kind}" for c in calls] == wanted


RETIRED = "gpt-4-turbo-preview"
HELD = {
    "handed over to": ("l = Agent(name='l', model=RETIRED)\nt = Agent(name='t', model='gpt-4o', handoffs=[l])\n", True),
    "made by a function": (
        "def l():\n    return Agent(name='l', model=RETIRED)\nt = Agent(name='t', model='gpt-4o', handoffs=[l()])\n",
        True,
    ),
    "as a tool": (
        "l = Agent(name='l', model=RETIRED)\nt = Agent(name='t', model='gpt-4o', tools=[l.as_tool('n', 'd')])\n",
        True,
    ),
    "two steps on": (
        "l = Agent(name='l', model=RETIRED)\nm = Agent(name='m', handoffs=[handoff(l)])\n"
        "t = Agent(name='t', model='gpt-4o', handoffs=[m])\n",
        True,
    ),
    "not reached": ("l = Agent(name='l', model=RETIRED)\nt = Agent(name='t', model='gpt-4o')\n", False),
}


@pytest.mark.parametrize(("agents", "retired"), HELD.values(), ids=HELD.keys())
def test_a_run_is_told_of_a_retired_model_that_it_may_come_to(agents: str, retired: bool) -> None:
    code = f"from agents import Agent, Runner, handoff\n{agents}Runner.run_sync(t, input())\n"
    (call,) = repo_of({"app.py": code.replace("RETIRED", f"'{RETIRED}'")}).llm_calls
    assert (call.model_status == "deprecated") is retired
