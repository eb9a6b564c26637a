"""One smallest program for each SDK and framework, through the real reader and catalog."""

from __future__ import annotations

import pytest

from tests.link.programs import check

PYTHON = {
    "openai 0.x": "import openai\nopenai.ChatCompletion.create(model='m', messages=[], max_tokens=3)  # CALL openai cap=3",
    "openai module client": "import openai\nopenai.chat.completions.create(model='m', messages=[])  # CALL openai cap=none",
    "openai responses": "from openai import OpenAI\nOpenAI().responses.create(model='m', input='q', max_output_tokens=3)  # CALL openai cap=3",
    "openai parse": "from openai import OpenAI\nOpenAI().beta.chat.completions.parse(model='m', messages=[])  # CALL openai",
    "openai raw response": "from openai import OpenAI\nOpenAI().chat.completions.with_raw_response.create(model='m')  # CALL openai",
    "openai images": "from openai import OpenAI\nOpenAI().images.generate(prompt='p')  # CALL openai",
    "openai transcription": "from openai import OpenAI\nOpenAI().audio.transcriptions.create(file=1, model='w')  # CALL openai",
    "azure": "from openai import AzureOpenAI\nAzureOpenAI(timeout=3).chat.completions.create(model='m', messages=[])  # CALL azure-openai timeout=3",
    "anthropic": "import anthropic\nanthropic.Anthropic(max_retries=1).messages.create(model='c', max_tokens=9, messages=[])  # CALL anthropic cap=9 retry=explicit attempts=2",
    "anthropic stream": "from anthropic import AsyncAnthropic\nasync def f():\n    async with AsyncAnthropic().messages.stream(model='c', max_tokens=9, messages=[]) as s:  # CALL anthropic cap=9\n        pass",
    "anthropic on bedrock": "from anthropic import AnthropicBedrock\nAnthropicBedrock().messages.create(model='c', max_tokens=9, messages=[])  # CALL bedrock",
    "google-genai async": "from google import genai\nasync def f():\n    await genai.Client().aio.models.generate_content(model='g', contents='q')  # CALL google cap=none",
    "google-genai chat": "from google import genai\nchat = genai.Client().chats.create(model='g')\nchat.send_message('q')  # CALL google",
    "mistral": "from mistralai import Mistral\nMistral().chat.complete(model='m', messages=[], max_tokens=3)  # CALL mistral cap=3",
    "cohere": "import cohere\ncohere.ClientV2().chat(model='c', messages=[], max_tokens=3)  # CALL cohere cap=3",
    "groq": "from groq import Groq\nGroq(timeout=2).chat.completions.create(model='m', messages=[], max_tokens=3)  # CALL groq cap=3 timeout=2 retry=sdk-default",
    "together": "from together import Together\nTogether().chat.completions.create(model='m', messages=[])  # CALL together",
    "fireworks": "from fireworks.client import Fireworks\nFireworks().chat.completions.create(model='m', messages=[])  # CALL fireworks",
    "huggingface": "from huggingface_hub import InferenceClient\nInferenceClient().chat_completion(messages=[], max_tokens=3)  # CALL huggingface cap=3 retry=none",
    "replicate": "import replicate\nreplicate.run('a/b', input={})  # CALL replicate",
    "bedrock converse": "import boto3\nc = boto3.client('bedrock-runtime')\nc.converse(modelId='m', messages=[], inferenceConfig={'maxTokens': 3})  # CALL bedrock cap=3",
    "another boto client": "import boto3\nc = boto3.client('s3')\nc.converse(modelId='m')",
    "ollama": "import ollama\nollama.chat(model='m', messages=[])  # CALL ollama",
    "volcengine": "from volcenginesdkarkruntime import Ark\nc = Ark(timeout=5)\nc.chat.completions.create(model='m', messages=[], max_tokens=3)  # CALL other:volcengine cap=3 timeout=5",
    "volcengine bots": "from volcenginesdkarkruntime import AsyncArk\nasync def f():\n    await AsyncArk().bot_chat.completions.create(model='m', messages=[])  # CALL other:volcengine",
    "qianfan": "import qianfan\nqianfan.ChatCompletion().do(model='m', messages=[], max_output_tokens=3)  # CALL other:baidu cap=3",
    "erniebot": "import erniebot\nerniebot.ChatCompletion.create(model='m', messages=[])  # CALL other:baidu",
    "spark": "from sparkai.llm.llm import ChatSparkLLM\nllm = ChatSparkLLM(max_tokens=3)  # CALL other:iflytek kind=framework-model cap=3 at=3\nllm.generate([['q']])",
    "coze": "from cozepy import Coze\nCoze(auth=1).chat.create(bot_id='b', user_id='u')  # CALL other:coze kind=gateway-call",
    "openai 0.x on Azure by the environment": "import os\nimport openai\nopenai.api_type = os.getenv('OPENAI_API_TYPE', 'azure')\nopenai.ChatCompletion.create(engine='e', messages=[])  # CALL azure-openai",
    "litellm": "import litellm\nlitellm.completion(model='gpt-4o', messages=[], max_tokens=3, timeout=4)  # CALL litellm kind=gateway-call cap=3 timeout=4",
    "litellm router": "from litellm import Router\nRouter(model_list=[]).completion(model='m', messages=[])  # CALL litellm kind=gateway-call",
    "langchain": "from langchain_openai import ChatOpenAI\nllm = ChatOpenAI(model='m', max_tokens=3)  # CALL openai kind=framework-model cap=3 at=3\nllm.invoke('q')",
    "langchain chain": "from langchain_openai import ChatOpenAI\nfrom langchain_core.prompts import ChatPromptTemplate\nllm = ChatOpenAI()  # CALL openai kind=framework-model cap=none at=5\nchain = ChatPromptTemplate.from_template('x') | llm.with_structured_output(dict)\nchain.invoke({})",
    "langchain agent": "from langchain_groq import ChatGroq\nfrom langchain.agents import AgentExecutor, create_react_agent\nllm = ChatGroq(max_tokens=3)  # CALL groq kind=framework-model cap=3 at=5\nex = AgentExecutor(agent=create_react_agent(llm, [], None), tools=[])\nex.invoke({})",
    "langgraph": "from langchain_openai import ChatOpenAI\nfrom langgraph.prebuilt import create_react_agent\nagent = create_react_agent(ChatOpenAI(timeout=5), [])  # CALL openai kind=framework-model timeout=5 at=4\nagent.invoke({})",
    "langchain google": "from langchain_google_genai import ChatGoogleGenerativeAI\nllm = ChatGoogleGenerativeAI(model='g', max_output_tokens=3)  # CALL google kind=framework-model cap=3 at=none",
    "langchain in a factory": "from langchain_openai import ChatOpenAI\ndef make():\n    return ChatOpenAI()  # CALL openai kind=framework-model at=5\ndef ask(q):\n    return make().invoke(q)",
    "langchain old path": "from langchain.chat_models import ChatOpenAI\nllm = ChatOpenAI()  # CALL openai kind=framework-model at=3\nllm.predict('q')",
    "llama-index": "from llama_index.llms.openai import OpenAI\nllm = OpenAI(model='m', max_tokens=3)  # CALL openai kind=framework-model cap=3 at=3\nllm.complete('q')",
    "crewai": "from crewai import LLM, Agent, Crew\nllm = LLM(model='openai/gpt-4o', max_tokens=3)  # CALL openai kind=framework-model cap=3 at=4\na = Agent(role='r', goal='g', backstory='b', llm=llm)\nCrew(agents=[a], tasks=[]).kickoff()",
    "crewai text": "from crewai import Agent, Crew\na = Agent(role='r', goal='g', backstory='b', llm='anthropic/claude-3-5-haiku-latest')  # CALL anthropic kind=framework-model at=3\nCrew(agents=[a], tasks=[]).kickoff()\n",
    "crewai default": "from crewai import Agent, Crew\na = Agent(role='r', goal='g', backstory='b')  # CALL openai kind=framework-model at=3\nCrew(agents=[a], tasks=[]).kickoff()\n",
    "instructor": "import instructor\nfrom openai import OpenAI\nc = instructor.from_openai(OpenAI(timeout=3))\nc.chat.completions.create(model='m', messages=[], max_tokens=2)  # CALL openai cap=2 timeout=3",
}

JAVASCRIPT = {
    "openai v3": 'const { Configuration, OpenAIApi } = require("openai");\nconst o = new OpenAIApi(new Configuration({}));\no.createChatCompletion({ model: "m", max_tokens: 3 });  // CALL openai cap=3 retry=none',
    "anthropic": 'import Anthropic from "@anthropic-ai/sdk";\nnew Anthropic().messages.create({ model: "c", max_tokens: 4, messages: [] });  // CALL anthropic cap=4 retry=sdk-default',
    "google": 'import { GoogleGenAI } from "@google/genai";\nconst ai = new GoogleGenAI({});\nai.models.generateContent({ model: "g", contents: "q", config: { maxOutputTokens: 4 } });  // CALL google cap=4',
    "google chat": 'import { GoogleGenerativeAI } from "@google/generative-ai";\nconst m = new GoogleGenerativeAI("k").getGenerativeModel({ model: "g" });\nconst c = m.startChat({ generationConfig: { maxOutputTokens: 5 } });\nc.sendMessage("q");  // CALL google cap=5 retry=none',
    "groq": 'import Groq from "groq-sdk";\nnew Groq().chat.completions.create({ model: "m", messages: [] });  // CALL groq cap=none',
    "bedrock": 'import { BedrockRuntimeClient, ConverseCommand } from "@aws-sdk/client-bedrock-runtime";\nnew BedrockRuntimeClient({}).send(new ConverseCommand({ modelId: "m", inferenceConfig: { maxTokens: 6 } }));  // CALL bedrock cap=6',
    "langchain": 'import { ChatOpenAI } from "@langchain/openai";\nconst llm = new ChatOpenAI({ maxTokens: 6 });  // CALL openai kind=framework-model cap=6 at=3\nawait llm.invoke("q");',
    "langchain chain": 'import { ChatOpenAI } from "@langchain/openai";\nimport { PromptTemplate } from "@langchain/core/prompts";\nconst llm = new ChatOpenAI();  // CALL openai kind=framework-model at=5\nconst chain = PromptTemplate.fromTemplate("x").pipe(llm);\nawait chain.invoke({});',
    "embeddings": 'import { OpenAIEmbeddings } from "@langchain/openai";\nconst e = new OpenAIEmbeddings();  // CALL openai kind=framework-model at=3\nawait e.embedQuery("q");',
    "puter": 'const answer = await puter.ai.chat("q", { model: "m", max_tokens: 3 });  // CALL other:puter kind=gateway-call cap=3',
    "deno": 'import OpenAI from "npm:openai@4";\nnew OpenAI().chat.completions.create({ model: "m" });  // CALL openai',
    "deno's own registry": 'import OpenAI from "https://deno.land/x/openai@v4.26.0/mod.ts";\nnew OpenAI().chat.completions.create({ model: "m" });  // CALL openai',
    "jsr": 'import OpenAI from "jsr:@openai/openai@4";\nnew OpenAI().chat.completions.create({ model: "m" });  // CALL openai',
    "a file of a CDN": 'import { OpenAI } from "https://unpkg.com/openai@4/index.mjs";\nnew OpenAI().chat.completions.create({ model: "m" });  // CALL openai',
    "a bundle of a CDN": 'import OpenAI from "https://cdn.jsdelivr.net/npm/openai@4/+esm";\nnew OpenAI().chat.completions.create({ model: "m" });  // CALL openai',
    "deno by URL": 'import OpenAI from "https://esm.sh/openai@4";\nnew OpenAI().chat.completions.create({ model: "m" });  // CALL openai',
    "mistral": 'import { Mistral } from "@mistralai/mistralai";\nnew Mistral({ timeoutMs: 4000 }).chat.complete({ model: "m", messages: [], maxTokens: 3 });  // CALL mistral cap=3 timeout=4',
    "mistral stream": 'import { Mistral } from "@mistralai/mistralai";\nnew Mistral({}).chat.stream({ model: "m", messages: [] });  // CALL mistral cap=none timeout=none',
    "cohere": 'import { CohereClient } from "cohere-ai";\nnew CohereClient({ token: t }).chat({ message: "q", maxTokens: 3 });  // CALL cohere cap=3',
    "cohere v2": 'import { CohereClientV2 } from "cohere-ai";\nnew CohereClientV2({}).chat({ model: "m", messages: [] });  // CALL cohere cap=none',
    "together": 'import Together from "together-ai";\nnew Together().chat.completions.create({ model: "m", messages: [], max_tokens: 3 });  // CALL together cap=3 retry=sdk-default',
    "replicate": 'import Replicate from "replicate";\nnew Replicate().run("a/b", { input: { prompt: "p" } });  // CALL replicate',
    "hf": 'import { HfInference } from "@huggingface/inference";\nnew HfInference(t).textGeneration({ model: "m", inputs: "q", parameters: { max_new_tokens: 3 } });  // CALL huggingface cap=3 retry=none',
    "hf client": 'import { InferenceClient } from "@huggingface/inference";\nnew InferenceClient(t).chatCompletion({ model: "m", messages: [], max_tokens: 3 });  // CALL huggingface cap=3',
    "azure": 'import { OpenAIClient, AzureKeyCredential } from "@azure/openai";\nnew OpenAIClient(u, new AzureKeyCredential(k)).getChatCompletions("d", [], { maxTokens: 3 });  // CALL azure-openai cap=3',
    "azure new": 'import { AzureOpenAI } from "openai";\nnew AzureOpenAI({ timeout: 3000 }).chat.completions.create({ model: "m", messages: [] });  // CALL azure-openai timeout=3',
    "llamaindex": 'import { OpenAI } from "llamaindex";\nconst llm = new OpenAI({ model: "m", maxTokens: 3 });  // CALL openai kind=framework-model cap=3\nawait llm.chat({ messages: [] });',
    "llamaindex package": 'import { OpenAI } from "@llamaindex/openai";\nconst llm = new OpenAI({ model: "m", maxTokens: 3 });  // CALL openai kind=framework-model cap=3\nawait llm.chat({ messages: [] });',
    "openai-edge": 'import { Configuration, OpenAIApi } from "openai-edge";\nnew OpenAIApi(new Configuration({})).createChatCompletion({ model: "m", messages: [] });  // CALL openai retry=none',
    "cloudflare": 'export default { async fetch(request, env) {\n  return Response.json(await env.AI.run("@cf/meta/llama-3-8b-instruct", { prompt: "q", max_tokens: 3 }));  // CALL cloudflare cap=3\n} };',
    "openrouter through openai": 'import OpenAI from "openai";\nnew OpenAI({ baseURL: "https://openrouter.ai/api/v1" }).chat.completions.create({ model: "m", messages: [] });  // CALL openrouter kind=gateway-call',
    "openrouter sdk": 'import { OpenRouter } from "@openrouter/sdk";\nnew OpenRouter({ apiKey: k }).chat.send({ model: "m", messages: [] });  // CALL openrouter kind=gateway-call',
    "portkey": 'import Portkey from "portkey-ai";\nnew Portkey({ apiKey: k }).chat.completions.create({ model: "m", messages: [], max_tokens: 3 });  // CALL portkey kind=gateway-call cap=3',
    "langchain anthropic": 'import { ChatAnthropic } from "@langchain/anthropic";\nconst llm = new ChatAnthropic({ maxTokens: 3 });  // CALL anthropic kind=framework-model cap=3\nawait llm.invoke("q");',
    "langchain groq": 'import { ChatGroq } from "@langchain/groq";\nconst llm = new ChatGroq({ maxTokens: 3 });  // CALL groq kind=framework-model cap=3\nawait llm.stream("q");',
    "langchain mistral": 'import { ChatMistralAI } from "@langchain/mistralai";\nconst llm = new ChatMistralAI({ maxTokens: 3 });  // CALL mistral kind=framework-model cap=3\nawait llm.invoke("q");',
    "langchain ollama": 'import { ChatOllama } from "@langchain/ollama";\nconst llm = new ChatOllama({ model: "m" });  // CALL ollama kind=framework-model\nawait llm.invoke("q");',
    "langchain old": 'import { OpenAI } from "langchain/llms/openai";\nconst llm = new OpenAI({ maxTokens: 3 });  // CALL openai kind=framework-model cap=3\nawait llm.call("q");',
    "ai embed": 'import { embed } from "ai";\nimport { openai } from "@ai-sdk/openai";\nawait embed({ model: openai.embedding("m"), value: "q" });  // CALL openai cap=none',
    "ai object": 'import { generateObject } from "ai";\nimport { google } from "@ai-sdk/google";\nawait generateObject({ model: google("m"), schema: s, prompt: "q" });  // CALL google kind=sdk-call',
    "ai agent": 'import { Experimental_Agent as Agent } from "ai";\nimport { anthropic } from "@ai-sdk/anthropic";\nconst agent = new Agent({ model: anthropic("m"), maxOutputTokens: 3 });\nawait agent.generate({ prompt: "q" });  // CALL anthropic cap=3',
    "ai image": 'import { experimental_generateImage as generateImage } from "ai";\nimport { openai } from "@ai-sdk/openai";\nawait generateImage({ model: openai.image("m"), prompt: "q" });  // CALL openai',
    "ai created provider": 'import { streamText } from "ai";\nimport { createGroq } from "@ai-sdk/groq";\nconst groq = createGroq({ apiKey: k });\nstreamText({ model: groq("m"), prompt: "q", maxOutputTokens: 3 });  // CALL groq cap=3',
    "ai registry": 'import { streamText, createProviderRegistry } from "ai";\nimport { openai } from "@ai-sdk/openai";\nimport { anthropic } from "@ai-sdk/anthropic";\nconst registry = createProviderRegistry({ openai, anthropic });\nstreamText({ model: registry.languageModel("anthropic:claude-sonnet-4-5"), prompt: "q" });  // CALL anthropic kind=sdk-call',
    "ai custom provider": 'import { streamText, customProvider } from "ai";\nimport { openai } from "@ai-sdk/openai";\nconst models = customProvider({ languageModels: { chat: openai("gpt-4o"), title: openai("gpt-4o-mini") } });\nstreamText({ model: models.languageModel("chat"), prompt: "q" });  // CALL openai kind=sdk-call',
    "ai openrouter": 'import { streamText } from "ai";\nimport { createOpenRouter } from "@openrouter/ai-sdk-provider";\nconst router = createOpenRouter({ apiKey: k });\nstreamText({ model: router("a/b"), prompt: "q" });  // CALL openrouter kind=gateway-call',
    "ai ollama": 'import { streamText } from "ai";\nimport { createOpenAI } from "@ai-sdk/openai";\nconst local = createOpenAI({ baseURL: "http://localhost:11434/v1" });\nstreamText({ model: local("m"), prompt: "q" });  // CALL ollama',
}


@pytest.mark.parametrize("code", PYTHON.values(), ids=PYTHON.keys())
def test_python(code: str) -> None:
    check({"a.py": code + "\n"})


@pytest.mark.parametrize("code", JAVASCRIPT.values(), ids=JAVASCRIPT.keys())
def test_javascript(code: str) -> None:
    check({"a.ts": code + "\n"})
