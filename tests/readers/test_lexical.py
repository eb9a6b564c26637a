"""The lexical reader: calls by SDK and by address in nine languages, and what is no call."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.catalog.index import Catalog
from auditor.catalog.load import load_catalog
from auditor.link.lexical_calls import lexical_calls
from auditor.model.facts import LlmCall, Role
from auditor.model.setting import Absent, Given
from auditor.readers.base import LexicalCall
from auditor.readers.lexical import read_lexical
from auditor.readers.lexical_text import SourceText, languages
from auditor.report.json import present
from auditor.source.tree import Entry

NAMES = {
    "kotlin": "A.kt",
    "java": "A.java",
    "swift": "A.swift",
    "dart": "a.dart",
    "go": "a.go",
    "rust": "a.rs",
    "csharp": "A.cs",
    "php": "a.php",
    "ruby": "a.rb",
}


@cache
def catalog() -> Catalog:
    return load_catalog()


def read(language: str, text: str, role: Role = Role.APP) -> tuple[LexicalCall, ...]:
    entry = Entry(NAMES[language], len(text), language, role)
    return read_lexical(entry, text, catalog())


def calls(language: str, text: str) -> list[tuple[int, str, str, str]]:
    """Line, vendor, kind and operation of each call."""
    return [(c.at.line, c.vendor, c.kind, c.operation) for c in read(language, text) if c.kind != "evidence"]


CHAT = "chat"
SDK = [
    (
        "kotlin",
        """import com.google.ai.client.generativeai.GenerativeModel
class A : ViewModel() {
    private val model = GenerativeModel(modelName = "gemini-1.5-flash", apiKey = key)
    // model.generateContent("no")
    fun ask(q: String) {
        viewModelScope.launch {
            val answer = model
                .generateContent(q)
        }
    }
}
""",
        [(7, "google", "sdk-call", CHAT)],
    ),
    (
        "kotlin",
        """import com.google.ai.client.generativeai.Chat
class A {
    private lateinit var chat: Chat
    fun sendMessage(q: String) { chat.sendMessage(q) }
    fun again() { sendMessage("x"); viewModel.sendMessage("y"); this.sendMessage("z") }
}
""",
        [(4, "google", "sdk-call", CHAT)],
    ),
    (
        "swift",
        """import GoogleGenerativeAI
let model = GenerativeModel(name: "gemini-pro", apiKey: key)
func ask(_ q: String) async throws -> String? {
    let response = try await model.generateContent(q)
    return response.text
}
""",
        [(4, "google", "sdk-call", CHAT)],
    ),
    (
        "dart",
        """import 'package:dart_openai/dart_openai.dart';
Future<void> ask(String q) async {
  final answer = await OpenAI.instance.chat.create(
    model: 'gpt-4o-mini', maxTokens: 100, messages: []);
}
""",
        [(3, "openai", "sdk-call", CHAT)],
    ),
    (
        "go",
        """package main
import openai "github.com/sashabaranov/go-openai"
func ask(ctx context.Context, q string) {
	client := openai.NewClient(key)
	resp, err := client.CreateChatCompletion(
		ctx, openai.ChatCompletionRequest{Model: openai.GPT4oMini, MaxTokens: 20})
	emb, _ := client.CreateEmbeddings(ctx, req)
}
""",
        [(5, "openai", "sdk-call", CHAT), (7, "openai", "sdk-call", "embeddings")],
    ),
    (
        "rust",
        """use async_openai::Client;
async fn ask() {
    let client = Client::new();
    let r = client
        .chat()
        .create(request)
        .await;
}
""",
        [(4, "openai", "sdk-call", CHAT)],
    ),
    (
        "java",
        """import com.theokanning.openai.service.OpenAiService;
class A {
    String ask(String q) {
        OpenAiService service = new OpenAiService(key);
        return service.createChatCompletion(request).getChoices().get(0);
    }
}
""",
        [(5, "openai", "sdk-call", CHAT)],
    ),
    (
        "csharp",
        """using OpenAI.Chat;
class A {
    async Task Ask() {
        ChatClient client = new("gpt-4o", key);
        var done = await client.CompleteChatAsync(messages);
    }
}
""",
        [(5, "openai", "sdk-call", CHAT)],
    ),
    (
        "php",
        """<?php
use OpenAI\\Client;
$client = OpenAI::client($key);
# $client->chat()->create([]);
$r = $client->chat()->create(['model' => 'gpt-4o', 'messages' => $m]);
""",
        [(5, "openai", "sdk-call", CHAT)],
    ),
    (
        "ruby",
        """require "openai"
client = OpenAI::Client.new
answer = client.chat(parameters: { model: "gpt-4o", messages: [] })
""",
        [(3, "openai", "sdk-call", CHAT)],
    ),
    ("kotlin", "class A { fun f() { model.generateContent(q) } }\n", []),
    ("ruby", "require 'json'\nclient.chat(x)\n", []),
]

HTTP = [
    (
        "kotlin",
        """class A {
    fun ask(q: String) {
        val request = Request.Builder()
            .url("https://api.openai.com/v1/chat/completions")
            .post(body)
            .build()
        client.newCall(request).enqueue(callback)
    }
}
""",
        [(7, "openai", "http-call", CHAT)],
    ),
    (
        "kotlin",
        """object Api { const val BASE = "https://api.openai.com/v1" }
suspend fun ask() = client.post("$BASE/chat/completions") { setBody(b) }
""",
        [(2, "openai", "http-call", CHAT)],
    ),
    (
        "java",
        """class A {
    private static final String URL = "https://api.anthropic.com/v1/messages";
    String ask(String q) throws Exception {
        HttpRequest request = HttpRequest.newBuilder().uri(URI.create(URL)).POST(body).build();
        return client.send(request, handler).body();
    }
}
""",
        [(5, "anthropic", "http-call", CHAT)],
    ),
    (
        "java",
        """class A {
    String ask() {
        return rest.postForObject("https://openrouter.ai/api/v1/chat/completions", entity, String.class);
    }
}
""",
        [(3, "openrouter", "gateway-call", CHAT)],
    ),
    (
        "swift",
        """func ask(q: String) async throws {
    guard let url = URL(string: "https://api.openai.com/v1/chat/completions") else { return }
    var request = URLRequest(url: url)
    request.httpMethod = "POST"
    let (data, _) = try await URLSession.shared.data(for: request)
}
""",
        [(5, "openai", "http-call", CHAT)],
    ),
    (
        "dart",
        """Future<String> ask(String q) async {
  const endpoint = 'https://generativelanguage.googleapis.com/v1beta/models/gemini-pro:generateContent';
  final response = await http.post(
    Uri.parse('$endpoint?key=$key'),
    body: jsonEncode({'contents': []}),
  );
}
""",
        [(3, "google", "http-call", CHAT)],
    ),
    (
        "go",
        """package main
const endpoint = "https://api.openai.com/v1/chat/completions"
func ask(q string) error {
	req, err := http.NewRequest("POST", endpoint, bytes.NewBuffer(b))
	req.Header.Set("Authorization", "Bearer "+key)
	resp, err := http.DefaultClient.Do(req)
	return err
}
func other() { resp, _ := http.DefaultClient.Do(x) }
""",
        [(6, "openai", "http-call", CHAT)],
    ),
    (
        "rust",
        """async fn ask(model: &str) {
    let url = format!(
        "https://generativelanguage.googleapis.com/v1beta/models/{}:generateContent?key={}", model, key);
    let r = client
        .post(&url)
        .json(&body)
        .send();
}
""",
        [(4, "google", "http-call", CHAT)],
    ),
    (
        "csharp",
        """class A {
    private const string Url = "https://api.openai.com/v1/chat/completions";
    public async Task<string> Ask(string q)
    {
        var response = await http.PostAsync(Url, content);
    }
}
""",
        [(5, "openai", "http-call", CHAT)],
    ),
    (
        "csharp",
        """class A {
    async Task Ask() {
        var request = new HttpRequestMessage(HttpMethod.Post, "https://api.openai.com/v1/images/generations");
        await client.SendAsync(request);
    }
}
""",
        [(4, "openai", "http-call", "image")],
    ),
    (
        "php",
        """<?php
function ask($q) {
    $ch = curl_init('https://api.openai.com/v1/chat/completions');
    curl_setopt($ch, CURLOPT_POST, true);
    $out = curl_exec($ch);
}
""",
        [(5, "openai", "http-call", CHAT)],
    ),
    (
        "ruby",
        """def ask(q)
  HTTParty.post("https://api.openai.com/v1/chat/completions", body: body)
end
""",
        [(2, "openai", "http-call", CHAT)],
    ),
    (
        "kotlin",
        """interface ChatGptApi {
    @Headers("Content-Type: application/json")
    @POST("v1/chat/completions")
    suspend fun ask(@Body request: ChatRequest): Response<ChatAnswer>
}
""",
        [(3, "openai", "http-call", CHAT)],
    ),
    (
        "swift",
        """class OpenAIApi {
    private var urlRequest: URLRequest {
        let url = URL(string: "https://api.openai.com/v1/chat/completions")!
        var urlRequest = URLRequest(url: url)
        return urlRequest
    }
    func stream(_ q: String) async throws {
        var request = urlRequest
        let (bytes, response) = try await session.bytes(for: request)
    }
    func once(_ q: String) async throws {
        let (data, response) = try await session.data(for: urlRequest)
    }
    func other() async throws { _ = try await session.data(for: image) }
}
""",
        [(9, "openai", "http-call", CHAT), (12, "openai", "http-call", CHAT)],
    ),
    (
        "dart",
        """class Api {
  static const host = 'api.openai.com';
  static const prefix = '/v1';
  Future<Answer> chat(List<Message> messages) async {
    final uri = Uri.https(host, '$prefix/chat/completions');
    final response = await httpClient.post(uri, body: body);
  }
}
""",
        [(6, "openai", "http-call", CHAT)],
    ),
    (
        "dart",
        """Future<void> f() async {
  var request = http.Request('POST', Uri.parse('https://api.openai.com/v1/chat/completions'));
  request.body = json.encode({});
  final response = await request.send();
}
""",
        [(4, "openai", "http-call", CHAT)],
    ),
    (
        "php",
        """<?php
$ch = curl_init();
curl_setopt($ch, CURLOPT_URL, 'https://api.openai.com/v1/chat/completions');
$out = curl_exec($ch);
$answer = Http::withHeaders(['a' => 'b'])->post('https://api.openai.com/v1/chat/completions', []);
""",
        [(4, "openai", "http-call", CHAT), (5, "openai", "http-call", CHAT)],
    ),
    (
        "csharp",
        """class OpenAiService {
    async Task<string> Ask() {
        using var message = new HttpRequestMessage(HttpMethod.Post, "v1/chat/completions");
        var answer = await http.SendAsync(message);
    }
}
""",
        [(4, "openai", "http-call", CHAT)],
    ),
    (
        "csharp",
        """class A {
    private const string BaseUrl = "https://api.openai.com/v1";
    async Task Ask() {
        var response = await client.PostAsJsonAsync($"{BaseUrl}/chat/completions", body);
    }
}
""",
        [(4, "openai", "http-call", CHAT)],
    ),
    ("dart", "const hosts = ['api.openai.com', 'api.anthropic.com'];\nvoid f() { http.post(other); }\n", []),
    ("kotlin", 'interface A { @POST("chat/send") fun ask(): Call<X> }\n// openai\n', []),
    ("go", 'package a\nvar allowed = []string{"https://api.openai.com/v1/chat/completions"}\n', []),
    ("kotlin", '// client.post("https://api.openai.com/v1/chat/completions")\nfun f() { log("x") }\n', []),
    ("kotlin", 'fun f() { client.get("https://api.openai.com/v1/models") }\n', []),
    ("kotlin", 'fun f() { println("see https://api.openai.com/v1/chat/completions") }\n', []),
    (
        "rust",
        '#[cfg(test)]\nmod tests {\n fn t() { c.post("https://api.openai.com/v1/chat/completions").send(); }\n}\n',
        [],
    ),
    ("swift", 'let docs = URL(string: "https://api.openai.com/v1/chat/completions")!\nfunc f() { run() }\n', []),
]


@pytest.mark.parametrize(("language", "text", "expected"), SDK + HTTP)
def test_calls(language: str, text: str, expected: list[tuple[int, str, str, str]]) -> None:
    assert calls(language, text) == expected


def test_tests_are_left_alone() -> None:
    language, text, _ = HTTP[0]
    assert read(language, text, Role.TEST) == ()


def test_settings_are_told_where_words_tell() -> None:
    text = """import "github.com/sashabaranov/go-openai"
func ask() {
	client := openai.NewClient(key)
	for _, q := range questions {
		client.CreateChatCompletion(ctx, openai.ChatCompletionRequest{Model: "gpt-4o", MaxTokens: 20})
	}
}
"""
    (call,) = (c for c in read("go", text) if c.kind != "evidence")
    assert (call.output_cap, call.timeout, call.retry, call.in_loop, call.model) == (
        True,
        False,
        "none",
        True,
        "gpt-4o",
    )
    (bare,) = (
        c
        for c in read("go", text.replace(", MaxTokens: 20", "").replace("for _, q := range questions ", ""))
        if c.kind != "evidence"
    )
    assert (bare.output_cap, bare.in_loop) == (False, False)


RETROFIT = """import retrofit2.http.POST
private const val BASE = "https://api.openai.com/v1/"
interface Api {
    @POST("chat/completions")
    suspend fun ask(@Body body: Question): Answer
}
"""
SHOP = "app/src/main/AndroidManifest.xml"


def linked(files: dict[str, str], language: str = "kotlin") -> LlmCall:
    rows = []
    for path, text in files.items():
        entry = Entry(path, len(text), language, Role.APP)
        rows += [(entry, row) for row in read_lexical(entry, text, catalog())]
    (call,) = lexical_calls(rows, [*files, SHOP], scheduled=False, read=files.get)
    return call


@pytest.mark.parametrize(
    ("other", "cap", "timeout", "usage"),
    [
        ("data class Question(val model: String)\n", False, False, False),
        ("data class Question(val model: String, val max_tokens: Int = 300)\n", True, False, False),
        ("data class Question(val model: String, val max_tokens: Int?)\n", None, False, False),
        ("val c = OkHttpClient.Builder().callTimeout(20, SECONDS).build()\n", False, True, False),
        ("// openai\nfun f(a: Answer) { log(a.usage.total_tokens) }\n", False, False, True),
    ],
)
def test_what_other_files_say_of_a_request(other: str, cap: bool | None, timeout: bool, usage: bool) -> None:
    call = linked({"app/src/main/Api.kt": RETROFIT, "app/src/main/Other.kt": other})
    assert (present(call.output_cap), present(call.timeout), present(call.usage)) == (cap, timeout, usage)
    assert present(call.fallback) is False


def test_tokens_that_other_code_reads_are_not_those_of_an_image() -> None:
    reader = "// openai\nfun f(a: Answer) { log(a.usage.total_tokens) }\n"
    image = RETROFIT.replace("chat/completions", "images/generations")
    assert present(linked({"app/src/main/Api.kt": image, "app/src/main/Other.kt": reader}).usage) is False


def test_a_fallback_that_the_code_names_is_not_ruled_out() -> None:
    two = RETROFIT + '@POST("v1/embeddings")\nsuspend fun embed(): Vector\n'
    text = two.replace("interface", "val fallbackModel = x\ninterface")
    rows = [
        (Entry("A.kt", 1, "kotlin", Role.APP), row)
        for row in read_lexical(Entry("A.kt", 1, "kotlin", Role.APP), text, catalog())
    ]
    assert [present(c.fallback) for c in lexical_calls(rows, ["A.kt"], scheduled=False)] == [None, None]


def test_a_label_called_for_is_no_loop() -> None:
    text = """import Foundation
func answer(for prompt: String) async throws -> Data {
    let url = URL(string: "https://api.openai.com/v1/chat/completions")!
    var request = URLRequest(url: url)
    let (data, _) = try await URLSession.shared.data(for: request)
    return data
}
"""
    (call,) = (c for c in read("swift", text) if c.kind != "evidence")
    assert call.in_loop is False


def test_files_are_joined() -> None:
    maker = 'import com.google.ai.client.generativeai.GenerativeModel\nval m = GenerativeModel(modelName = "gemini-1.5-pro", apiKey = k)\n'
    sender = "import com.google.ai.client.generativeai.type.Content\nclass A {\n fun f(q: String) { Gemini.m.generateContent(q) }\n}\n"
    rows = []
    for path, text in (("app/src/main/Gemini.kt", maker), ("app/src/main/A.kt", sender)):
        entry = Entry(path, len(text), "kotlin", Role.APP)
        rows += [(entry, row) for row in read_lexical(entry, text, catalog())]
    paths = [entry.path for entry, _ in rows]
    (call,) = lexical_calls(rows, [*paths, "app/src/main/AndroidManifest.xml"], scheduled=False)
    assert (call.at.path, call.at.line, call.client_side) == ("app/src/main/A.kt", 3, True)
    assert call.output_cap == Absent()
    assert call.usage == Absent()
    assert isinstance(call.model, Given)
    assert call.model.value == "gemini-1.5-pro"
    (server,) = lexical_calls(rows, paths, scheduled=False)
    assert server.client_side is False


@pytest.mark.parametrize(
    ("language", "text", "literals", "code"),
    [
        ("kotlin", 'a("x ${b("y")} z") // "c"', ['x ${b("y")} z'], "a("),
        ("swift", 'a("x \\(b("y")) z") /* "c" */', ['x \\(b("y")) z'], "a("),
        ("rust", "fn f<'a>(x: &'a str) { r#\"q\"w\"# ; 'x' }", ['q"w', "x"], "fn f<'a>(x: &'a str) {"),
        ("go", '`a\n"b` \'c\' "d"', ['a\n"b', "c", "d"], ""),
        ("csharp", '@"a""b" $"c {d("e")} f" "g\\""', ['a""b', 'c {d("e")} f', 'g\\"'], ""),
        ("php", "# 'a'\n'b' // c\n#[D('e')]", ["b", "e"], ""),
        ("ruby", "x = <<~SQL\n  a 'b\nSQL\n'c' # 'd'", None, "x ="),
        ("dart", "r'a\\' '''b'c''' \"d\"", ["a\\", "b'c", "d"], ""),
        ("java", '"""\na "b" c""" \'"\' "d"', ['\na "b" c', '"', "d"], ""),
    ],
)
def test_comments_and_strings_are_told_apart(language: str, text: str, literals: list[str] | None, code: str) -> None:
    source = SourceText("a", text, language)
    assert len(source.code) == len(source.visible) == len(text)
    assert source.code.startswith(code)
    if literals is not None:
        assert [literal.text for literal in source.literals] == literals


def test_chains() -> None:
    text = "x = match client\n  .post(a(b))\n  // c\n  .json(&d)\n  .send()"
    source = SourceText("a.rs", text, "rust")
    assert text[source.chain_start(text.index(".send")) :].startswith("client")
    assert text[source.chain_start(text.index("json")) :].startswith("client")
    kotlin = "val r = (a ?: b)?.c!!.d { e }.f(g)"
    assert SourceText("a.kt", kotlin, "kotlin").chain_start(kotlin.index(".f(")) == kotlin.index("(a")


@given(
    st.sampled_from([*SDK, *HTTP]),
    st.integers(0, 500),
    st.integers(0, 60),
    st.text("\"'`{}()[]$\\#/*\n a", max_size=12),
)
@settings(max_examples=400, deadline=None)
def test_reading_is_total(case: tuple[str, str, object], cut: int, gap: int, noise: str) -> None:
    language, text, _ = case
    read(language, text[:cut] + noise + text[cut + gap :])


@pytest.mark.parametrize("language", sorted(languages()))
@pytest.mark.parametrize("piece", ["{", "(", '"', "'", "/*", "a.", '"$', "#{", '"""', ".post(", "a.generateContent("])
def test_hostile_files_cost_little(language: str, piece: str) -> None:
    read(language, 'import com.google.genai "https://api.openai.com/v1/chat/completions" ' + piece * 4_000)
