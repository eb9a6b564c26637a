"""Key shapes until the catalog holds them all: the same data, only in another place. Goes away with the last one."""

from __future__ import annotations

from auditor.catalog.schema import KeyPattern, Vendor

# fmt: off
_ROWS: tuple[tuple[str, str, str, str, str, str, str, tuple[str, ...], tuple[str, ...], tuple[str, ...]], ...] = (
    ('openai', 'openai-legacy', 'prefix', 'T3BlbkFJ', 'sk-[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}', '', 'sk-', ('OPENAI_API_KEY',), ('api.openai.com',), ('openai', 'chatgpt')),  # noqa: E501
    ('openai', 'openai-project', 'prefix', 'T3BlbkFJ', 'sk-proj-[A-Za-z0-9_-]{20,80}T3BlbkFJ[A-Za-z0-9_-]{20,80}', '', 'sk-proj-', ('OPENAI_API_KEY',), (), ()),  # noqa: E501
    ('openai', 'openai-svcacct', 'prefix', 'T3BlbkFJ', 'sk-(?:svcacct|service)-[A-Za-z0-9_-]{20,80}T3BlbkFJ[A-Za-z0-9_-]{20,80}', '', 'sk-svcacct-', ('OPENAI_API_KEY',), (), ()),  # noqa: E501
    ('openai', 'openai-admin', 'prefix', 'sk-admin-', 'sk-admin-[A-Za-z0-9_-]{20,80}T3BlbkFJ[A-Za-z0-9_-]{20,80}', '', 'sk-admin-', ('OPENAI_ADMIN_KEY',), (), ()),  # noqa: E501
    ('openai', 'openai-none', 'prefix', 'sk-None-', 'sk-None-[A-Za-z0-9_-]{20,80}T3BlbkFJ[A-Za-z0-9_-]{20,80}', '', 'sk-None-', (), (), ()),
    ('anthropic', 'anthropic-api', 'prefix', 'sk-ant-', 'sk-ant-api\\d{2,4}-[A-Za-z0-9_-]{80,110}AA', '', 'sk-ant-api03-', ('ANTHROPIC_API_KEY', 'ANTHROPIC_AUTH_TOKEN', 'CLAUDE_API_KEY'), ('api.anthropic.com',), ('anthropic', 'claude')),  # noqa: E501
    ('anthropic', 'anthropic-admin', 'prefix', 'sk-ant-', 'sk-ant-admin\\d{2,4}-[A-Za-z0-9_-]{80,110}AA', '', 'sk-ant-admin01-', ('ANTHROPIC_ADMIN_KEY',), (), ()),  # noqa: E501
    ('anthropic', 'anthropic-oauth', 'prefix', 'sk-ant-', 'sk-ant-(?:oat|ort|sid)\\d{2}-[A-Za-z0-9_-]{80,120}', '', 'sk-ant-', ('CLAUDE_CODE_OAUTH_TOKEN',), (), ()),  # noqa: E501
    ('google', 'google-aiza', 'prefix', 'AIza', 'AIza[A-Za-z0-9_-]{35}', '', 'AIza', ('GEMINI_API_KEY', 'GOOGLE_API_KEY', 'GOOGLE_GENERATIVE_AI_API_KEY', 'GOOGLE_AI_API_KEY'), ('generativelanguage.googleapis.com', 'aiplatform.googleapis.com'), ('gemini', 'palm_api', 'generativeai', 'google_ai')),  # noqa: E501
    ('google', 'google-aq', 'prefix', 'AQ.Ab8RN6', 'AQ\\.Ab8RN6[A-Za-z0-9_-]{40,60}', '', 'AQ.', (), (), ()),
    ('azure-openai', 'azure-openai-84', 'prefix', 'JQQJ99', '[A-Za-z0-9]{52}JQQJ99[A-Za-z0-9]{18}ACOG[A-Za-z0-9]{4}', '', '', ('AZURE_OPENAI_API_KEY', 'AZURE_OPENAI_KEY'), ('openai.azure.com', 'cognitiveservices.azure.com', 'services.ai.azure.com'), ('azure_openai', 'azureopenai')),  # noqa: E501
    ('azure-openai', 'azure-openai-32', 'context', '', '[0-9a-f]{32}', '', '', ('AZURE_OPENAI_API_KEY', 'AZURE_OPENAI_KEY'), (), ('azure_openai',)),  # noqa: E501
    ('bedrock', 'bedrock-long', 'prefix', 'ABSK', 'ABSK[A-Za-z0-9+/]{109,269}={0,2}', 'base64-bedrock', 'ABSK', ('AWS_BEARER_TOKEN_BEDROCK',), (), ('bedrock',)),  # noqa: E501
    ('bedrock', 'bedrock-short', 'prefix', 'bedrock-api-key-', 'bedrock-api-key-[A-Za-z0-9+/_-]{40,4000}={0,2}', 'base64-bedrock-url', 'bedrock-api-key-', (), (), ()),  # noqa: E501
    ('mistral', 'mistral', 'context', '', '[A-Za-z0-9]{32}', 'mixed', '', ('MISTRAL_API_KEY',), ('api.mistral.ai', 'codestral.mistral.ai'), ('mistral',)),  # noqa: E501
    ('cohere', 'cohere', 'context', '', '[A-Za-z0-9]{40}', 'mixed', '', ('CO_API_KEY', 'COHERE_API_KEY'), ('api.cohere.com', 'api.cohere.ai'), ('cohere',)),  # noqa: E501
    ('groq', 'groq', 'prefix', 'gsk_', 'gsk_[A-Za-z0-9]{52}', '', 'gsk_', ('GROQ_API_KEY',), ('api.groq.com',), ('groq',)),
    ('deepseek', 'deepseek', 'semi', 'sk-', 'sk-[0-9a-f]{32}', '', 'sk-', ('DEEPSEEK_API_KEY',), ('api.deepseek.com',), ('deepseek',)),
    ('qwen', 'dashscope', 'semi', 'sk-', 'sk-[0-9a-f]{32}', '', 'sk-', ('DASHSCOPE_API_KEY', 'QWEN_API_KEY', 'BAILIAN_API_KEY'), ('dashscope.aliyuncs.com', 'dashscope-intl.aliyuncs.com'), ('dashscope', 'qwen', 'bailian', 'tongyi')),  # noqa: E501
    ('moonshot', 'moonshot', 'semi', 'sk-', 'sk-[A-Za-z0-9]{48}', '', 'sk-', ('MOONSHOT_API_KEY', 'KIMI_API_KEY'), ('api.moonshot.cn', 'api.moonshot.ai'), ('moonshot', 'kimi')),  # noqa: E501
    ('moonshot', 'moonshot-kimi', 'prefix', 'sk-kimi-', 'sk-kimi-[A-Za-z0-9]{40,80}', '', 'sk-kimi-', (), (), ()),
    ('zhipu', 'zhipu', 'semi', '', '[0-9a-f]{32}\\.[A-Za-z0-9]{16}', '', '', ('ZHIPUAI_API_KEY', 'ZAI_API_KEY', 'GLM_API_KEY', 'Z_AI_API_KEY'), ('open.bigmodel.cn', 'api.z.ai'), ('zhipu', 'bigmodel')),  # noqa: E501
    ('openrouter', 'openrouter', 'prefix', 'sk-or-v1-', 'sk-or-v1-[0-9a-f]{64}', '', 'sk-or-v1-', ('OPENROUTER_API_KEY',), ('openrouter.ai',), ('openrouter',)),  # noqa: E501
    ('together', 'together-v1', 'prefix', 'tgp_v1_', 'tgp_v1_[A-Za-z0-9_-]{43}', '', 'tgp_v1_', ('TOGETHER_API_KEY', 'TOGETHERAI_API_KEY'), ('api.together.xyz', 'api.together.ai'), ('togetherai', 'together_api')),  # noqa: E501
    ('together', 'together-hex', 'context', '', '[0-9a-f]{64}', '', '', ('TOGETHER_API_KEY',), (), ()),
    ('fireworks', 'fireworks', 'prefix', 'fw_', 'fw_[A-Za-z0-9]{22,24}', 'mixed', 'fw_', ('FIREWORKS_API_KEY',), ('api.fireworks.ai',), ('fireworks',)),  # noqa: E501
    ('huggingface', 'huggingface', 'prefix', 'hf_', 'hf_[A-Za-z0-9]{34}', 'mixed-case', 'hf_', ('HF_TOKEN', 'HUGGINGFACE_API_KEY', 'HUGGING_FACE_HUB_TOKEN', 'HUGGINGFACEHUB_API_TOKEN', 'HF_API_KEY', 'HUGGINGFACE_TOKEN'), ('huggingface.co', 'api-inference.huggingface.co', 'router.huggingface.co'), ('huggingface',)),  # noqa: E501
    ('huggingface', 'huggingface-org', 'prefix', 'api_org_', 'api_org_[A-Za-z0-9]{34}', 'mixed-case', 'api_org_', (), (), ()),
    ('replicate', 'replicate', 'prefix', 'r8_', 'r8_[A-Za-z0-9_-]{37}', 'mixed', 'r8_', ('REPLICATE_API_TOKEN', 'REPLICATE_API_KEY'), ('api.replicate.com',), ('replicate_api',)),  # noqa: E501
    ('perplexity', 'perplexity', 'prefix', 'pplx-', 'pplx-[A-Za-z0-9]{48,56}', '', 'pplx-', ('PERPLEXITY_API_KEY', 'PPLX_API_KEY', 'PERPLEXITYAI_API_KEY'), ('api.perplexity.ai',), ('perplexity',)),  # noqa: E501
    ('xai', 'xai', 'prefix', 'xai-', 'xai-[A-Za-z0-9_]{70,120}', '', 'xai-', ('XAI_API_KEY', 'GROK_API_KEY'), ('api.x.ai',), ('grok',)),
    ('cerebras', 'cerebras', 'prefix', 'csk-', 'csk-[a-z0-9]{48}', '', 'csk-', ('CEREBRAS_API_KEY',), ('api.cerebras.ai',), ('cerebras',)),
    ('nvidia', 'nvidia', 'prefix', 'nvapi-', 'nvapi-[A-Za-z0-9_-]{60,70}', '', 'nvapi-', ('NVIDIA_API_KEY', 'NVIDIA_NIM_API_KEY', 'NGC_API_KEY'), ('integrate.api.nvidia.com', 'ai.api.nvidia.com'), ('nvidia',)),  # noqa: E501
    ('cloudflare', 'cloudflare-v1', 'context', '', '[A-Za-z0-9_-]{40}', 'mixed', '', ('CLOUDFLARE_API_TOKEN', 'CF_API_TOKEN', 'CLOUDFLARE_API_KEY'), ('gateway.ai.cloudflare.com',), ('cloudflare',)),  # noqa: E501
    ('cloudflare', 'cloudflare-v2', 'prefix', 'cf', 'cf[ua]t_[A-Za-z0-9]{40}[0-9a-f]{8}', '', 'cfut_', (), (), ()),
    ('vercel-gateway', 'vercel-gateway', 'prefix', 'vck_', 'vck_[A-Za-z0-9_-]{56}', '', 'vck_', ('AI_GATEWAY_API_KEY',), ('ai-gateway.vercel.sh',), ()),  # noqa: E501
    ('github-models', 'github-pat', 'context', 'gh', 'gh[pousr]_[A-Za-z0-9]{36}', 'crc32-github', 'ghp_', ('GITHUB_MODELS_TOKEN',), ('models.github.ai', 'models.inference.ai.azure.com'), ('github_models',)),  # noqa: E501
    ('github-models', 'github-fine', 'context', 'github_pat_', 'github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}', '', 'github_pat_', (), (), ()),
    ('hyperbolic', 'hyperbolic', 'context', 'eyJ', 'eyJ[A-Za-z0-9_-]{10,400}\\.eyJ[A-Za-z0-9_-]{10,1000}\\.[A-Za-z0-9_-]{20,700}', 'jwt', '', ('HYPERBOLIC_API_KEY',), ('api.hyperbolic.xyz',), ('hyperbolic_api',)),  # noqa: E501
    ('sambanova', 'sambanova', 'context', '', '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}', '', '', ('SAMBANOVA_API_KEY',), ('api.sambanova.ai',), ('sambanova',)),  # noqa: E501
    ('voyage', 'voyage', 'prefix', '-', '(?:pa|al)-[A-Za-z0-9_-]{43}', 'mixed', 'pa-', ('VOYAGE_API_KEY', 'VOYAGEAI_API_KEY'), ('api.voyageai.com',), ('voyageai',)),  # noqa: E501
    ('jina', 'jina', 'prefix', 'jina_', 'jina_[A-Za-z0-9_-]{60}', '', 'jina_', ('JINA_API_KEY', 'JINAAI_API_KEY'), ('api.jina.ai', 'r.jina.ai'), ('jina_ai',)),  # noqa: E501
    ('elevenlabs', 'elevenlabs', 'prefix', 'sk_', 'sk_[0-9a-f]{48}', '', 'sk_', ('ELEVENLABS_API_KEY', 'ELEVEN_API_KEY', 'XI_API_KEY'), ('api.elevenlabs.io',), ('elevenlabs',)),  # noqa: E501
    ('deepgram', 'deepgram', 'context', '', '[0-9a-f]{40}', '', '', ('DEEPGRAM_API_KEY',), ('api.deepgram.com',), ('deepgram',)),
    ('assemblyai', 'assemblyai', 'context', '', '[0-9a-f]{32}', '', '', ('ASSEMBLYAI_API_KEY',), ('api.assemblyai.com',), ('assemblyai',)),
    ('stability', 'stability', 'semi', 'sk-', 'sk-[A-Za-z0-9]{48}', '', 'sk-', ('STABILITY_API_KEY', 'STABILITY_KEY', 'STABILITYAI_API_KEY'), ('api.stability.ai',), ('stability_ai', 'stability_sdk')),  # noqa: E501
    ('portkey', 'portkey', 'context', '', '[A-Za-z0-9+/]{27,28}=?', 'mixed', '', ('PORTKEY_API_KEY',), ('api.portkey.ai',), ('portkey',)),
    ('litellm', 'litellm-virtual', 'semi', 'sk-', 'sk-[A-Za-z0-9_-]{22}', 'mixed', 'sk-', ('LITELLM_MASTER_KEY', 'LITELLM_API_KEY', 'LITELLM_SALT_KEY', 'LITELLM_PROXY_API_KEY'), (), ('litellm',)),  # noqa: E501
    ('langsmith', 'langsmith', 'prefix', 'lsv2_', 'lsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}', '', 'lsv2_', ('LANGSMITH_API_KEY', 'LANGCHAIN_API_KEY'), ('api.smith.langchain.com',), ('langsmith',)),  # noqa: E501
    ('langfuse', 'langfuse-secret', 'prefix', 'sk-lf-', 'sk-lf-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}', '', 'sk-lf-', ('LANGFUSE_SECRET_KEY',), ('cloud.langfuse.com',), ('langfuse',)),  # noqa: E501
    ('pinecone', 'pinecone', 'prefix', 'pcsk_', 'pcsk_[A-Za-z0-9]{5,6}_[A-Za-z0-9]{63}', '', 'pcsk_', ('PINECONE_API_KEY',), ('api.pinecone.io',), ('pinecone',)),  # noqa: E501
    ('wandb', 'wandb', 'context', '', '[0-9a-f]{40}', '', '', ('WANDB_API_KEY',), ('api.wandb.ai',), ('wandb',)),
    ('wandb', 'wandb-v1', 'prefix', 'wandb_v1_', 'wandb_v1_[A-Za-z0-9_]{77}', '', 'wandb_v1_', (), (), ()),
    ('ai21', 'ai21', 'context', '', '[A-Za-z0-9]{32}', 'mixed', '', ('AI21_API_KEY',), ('api.ai21.com',), ('ai21',)),
    ('ai21', 'ai21-uuid', 'context', '', '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}', '', '', (), (), ()),
    ('databricks', 'databricks', 'prefix', 'dapi', 'dapi[0-9a-f]{32}(?:-\\d)?', '', 'dapi', ('DATABRICKS_TOKEN',), ('cloud.databricks.com', 'azuredatabricks.net'), ('databricks',)),  # noqa: E501
    ('tavily', 'tavily', 'prefix', 'tvly-', 'tvly-(?:dev-|prod-)?[A-Za-z0-9]{32}', '', 'tvly-', ('TAVILY_API_KEY',), ('api.tavily.com',), ('tavily',)),  # noqa: E501
    ('firecrawl', 'firecrawl', 'prefix', 'fc-', 'fc-[0-9a-f]{32}', '', 'fc-', ('FIRECRAWL_API_KEY',), ('api.firecrawl.dev',), ('firecrawl',)),  # noqa: E501
    ('ollama', 'ollama-cloud', 'context', '', '[0-9a-f]{32}\\.[A-Za-z0-9_-]{24}', '', '', ('OLLAMA_API_KEY',), ('ollama.com',), ('ollama',)),  # noqa: E501
    ('fal', 'fal', 'context', '', '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}:[0-9a-f]{32}', '', '', ('FAL_KEY', 'FAL_API_KEY'), ('queue.fal.run',), ('fal_client',)),  # noqa: E501
    ('runpod', 'runpod', 'prefix', 'rpa_', 'rpa_[A-Z0-9]{40}[A-Za-z0-9]{6}', '', 'rpa_', ('RUNPOD_API_KEY',), ('api.runpod.ai',), ('runpod',)),  # noqa: E501
    ('runway', 'runway', 'prefix', 'key_', 'key_[0-9a-f]{128}', '', 'key_', ('RUNWAYML_API_SECRET',), ('api.dev.runwayml.com',), ('runwayml',)),  # noqa: E501
    ('anyscale', 'anyscale', 'prefix', 'esecret_', 'esecret_[A-Za-z0-9]{26,60}', '', 'esecret_', ('ANYSCALE_API_KEY',), ('api.endpoints.anyscale.com',), ('anyscale',)),  # noqa: E501
)
# fmt: on


def temporary_vendors() -> tuple[Vendor, ...]:
    """The table as catalog vendors."""
    by_vendor: dict[str, list[KeyPattern]] = {}
    for vendor, id_, certainty, anchor, regex, validator, prefix, env, hosts, words in _ROWS:
        pattern = KeyPattern(
            id=id_, vendor=vendor, regex=regex, anchor=anchor, certainty=certainty, validator=validator,
            public_prefix=prefix, env=env, hosts=hosts, words=words,
            elsewhere=_PUBLIC if id_ == "google-aiza" else (),
        )  # fmt: skip
        by_vendor.setdefault(vendor, []).append(pattern)
    return tuple(
        Vendor(
            id=v,
            title=v,
            category="observer" if v in _OTHERS else "vendor",
            inventory=_INVENTORY.get(v, f"other:{v}"),
            keys=tuple(keys),
        )
        for v, keys in by_vendor.items()
    )


_PUBLIC = (
    "firebase", "authDomain", "messagingSenderId", "storageBucket", "maps.google", "google_maps", "googlemaps",
    "maps_api", "youtube", "places", "geo.API_KEY", "current_key", "recaptcha", "android_client", "analytics", "calendar",
    "custom_search", "customsearch", "client_email",
)  # fmt: skip
_NAMED = (
    "openai anthropic google azure-openai bedrock mistral cohere groq deepseek qwen openrouter together fireworks huggingface "
    "replicate perplexity xai cerebras nvidia cloudflare ollama litellm portkey vercel-gateway"
)
_INVENTORY = {name: name for name in _NAMED.split()}
_OTHERS = frozenset(["langsmith", "langfuse", "pinecone", "wandb", "databricks", "tavily", "firecrawl", "runpod"])
