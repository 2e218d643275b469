"""The clients and how each is pointed at the proxy. Data: nothing here starts a program.

Where the program has settings ready to copy for a client, the client gets exactly those. Every other entry follows
the client's own documentation, and the client's page in docs/clients shows it. A client keeps its settings below
HOME, which is empty.
"""

import json
import re
from functools import partial
from pathlib import Path

from proxy_core import client_settings
from proxy_core.client_settings import Connection, build_client_settings
from tests.clients.parts import KEY, PROMPT, Client, Place, Run, Service, find_free_port
from tray_app.texts import ENGLISH

__all__ = ["CLIENTS"]

SCRIPTS = Path(__file__).with_name("scripts")
PAGES = Path(__file__).parents[2] / "docs" / "clients"
PAGES_ADDRESS = "http://127.0.0.1:3001"
PROVIDER = "ai-core-proxy"
"""What the settings to copy call the proxy, too."""
OTHER_OPENCODE_ROUTES = ("@ai-sdk/openai", "@ai-sdk/anthropic")


def settings_to_copy(place: Place, client: client_settings.Client) -> str:
    connection = Connection(place.address, KEY, (place.model,))
    return build_client_settings(connection, ENGLISH.client_words)[client]


def write_json(value: object) -> str:
    """As the page of the client shows it."""
    return json.dumps(value, indent=2) + "\n"


def plan_claude_code(place: Place) -> Run:
    text = settings_to_copy(place, client_settings.Client.CLAUDE_CODE)
    program = place.native("@anthropic-ai/claude-code-*/claude")
    command = [program, "-p", PROMPT, "--allowedTools", "Bash"]
    return Run(command, files={place.home / ".claude" / "settings.json": text})


def plan_claude_code_router(place: Place) -> Run:
    port = find_free_port()
    provider = {
        "name": PROVIDER,
        "api_base_url": f"{place.v1}/chat/completions",
        "api_key": KEY,
        "models": [place.model],
    }
    config = {"PORT": port, "Providers": [provider], "Router": {"default": f"{PROVIDER},{place.model}"}}
    environ = {
        "ANTHROPIC_BASE_URL": f"http://127.0.0.1:{port}",
        "ANTHROPIC_AUTH_TOKEN": KEY,
        "ANTHROPIC_MODEL": "claude-sonnet-4-5",
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    }
    return Run(
        plan_claude_code(place).command,
        environ,
        {place.home / ".claude-code-router" / "config.json": write_json(config)},
        service=Service([place.bin("ccr"), "start"], port),
    )


def plan_codex(place: Place) -> Run:
    text = settings_to_copy(place, client_settings.Client.CODEX)
    # Its own sandbox needs rights that a container lacks; the simulated model runs only commands that look around.
    command = [place.bin("codex"), "exec", "--skip-git-repo-check", "--dangerously-bypass-approvals-and-sandbox"]
    return Run([*command, PROMPT], {"AI_CORE_PROXY_KEY": KEY}, {place.home / ".codex" / "config.toml": text})


def plan_opencode(place: Place) -> Run:
    text = settings_to_copy(place, client_settings.Client.OPENCODE)
    program = place.native("opencode-*/bin/opencode")
    rights = {"permission": {"bash": "allow"}, "autoupdate": False}
    return Run(
        [program, "run", "-m", f"{PROVIDER}/{place.model}", PROMPT],
        files={
            place.home / ".config" / "opencode" / "opencode.json": text,
            place.work / "opencode.json": json.dumps(rights),
        },
    )


def plan_opencode_on(place: Place, route: str) -> Run:
    """The settings to copy, with another route."""
    run = plan_opencode(place)
    changed = {path: text.replace("@ai-sdk/openai-compatible", route) for path, text in run.files.items()}
    return Run(run.command, files=changed)


def plan_cline(place: Place) -> Run:
    text = settings_to_copy(place, client_settings.Client.CLINE)
    commands = text.replace("cline auth", f"{place.bin('cline')} auth")
    command = [place.bin("cline"), "-P", "openai-compatible", "-m", place.model, "-k", KEY, PROMPT]
    return Run(command, before=(["sh", "-ec", commands],))


def plan_qwen_code(place: Place) -> Run:
    environ = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": place.v1, "OPENAI_MODEL": place.model}
    command = [place.bin("qwen"), "--auth-type", "openai", "--model", place.model, "--approval-mode", "yolo"]
    return Run([*command, "-p", PROMPT], environ)


def plan_gemini_cli(place: Place) -> Run:
    environ = {
        "GOOGLE_GEMINI_BASE_URL": place.address,
        "GEMINI_API_KEY": KEY,
        "GEMINI_CLI_TRUST_WORKSPACE": "true",
    }
    settings = {"security": {"auth": {"selectedType": "gemini-api-key"}}}
    command = [place.bin("gemini"), "-m", place.model, "--yolo", "-p", PROMPT]
    return Run(command, environ, {place.home / ".gemini" / "settings.json": write_json(settings)})


def plan_continue(place: Place) -> Run:
    config = f"""\
name: AI Core Proxy
version: 1.0.0
schema: v1
models:
  - name: {place.model}
    provider: openai
    model: {place.model}
    apiBase: {place.v1}
    apiKey: {KEY}
    roles: [chat, edit, apply]
    capabilities: [tool_use]
"""
    file = place.home / ".continue" / "config.yaml"
    return Run([place.bin("cn"), "--config", str(file), "--auto", "-p", PROMPT], files={file: config})


def plan_aider(place: Place) -> Run:
    name = f"openai/{place.model}"
    command = [place.python("aider"), "-m", "aider", "--model", name, "--weak-model", name, "--no-git", "--yes"]
    quiet = ["--no-check-update", "--no-show-model-warnings", "--analytics-disable", "--no-pretty"]
    block = settings_to_copy(place, client_settings.Client.ENVIRONMENT)
    words = [*command, *quiet, "--message", "Who are you?"]
    return Run(["bash", "-ec", block + 'exec "$@"', "aider", *words])


def plan_llm(place: Place) -> Run:
    # Without the name of a key, llm sends none to an address of one's own.
    models = f"""\
- model_id: {PROVIDER}/{place.model}
  model_name: {place.model}
  api_base: {place.v1}
  api_key_name: {PROVIDER}
  supports_tools: true
"""
    function = "def bash(command: str) -> str:\n    return open(command.split()[-1]).read()"
    llm = [place.python("llm"), "-m", "llm"]
    settings = place.home / "llm"
    return Run(
        [*llm, "-m", f"{PROVIDER}/{place.model}", "--functions", function, PROMPT],
        {"LLM_USER_PATH": str(settings)},
        {settings / "extra-openai-models.yaml": models},
        before=([*llm, "keys", "set", PROVIDER, "--value", KEY],),
    )


def plan_python(place: Place, script: str, page: str) -> Run:
    """The lines of the page first, then the script."""
    python = place.python("frameworks")
    [example] = read_snippets(page, "python", place.address)
    command = [python, str(SCRIPTS / script), place.address, place.model, PROMPT]
    return Run(command, before=([python, "-c", example],))


def plan_javascript(place: Place, script: str, page: str) -> Run:
    # Node looks for packages beside the script, so it runs from the folder that has them.
    copy, example = place.installed / "npm" / script, place.installed / "npm" / f"example_{script}"
    [text] = read_snippets(page, "js", place.address)
    return Run(
        ["node", str(copy), place.address, place.model, PROMPT],
        files={copy: (SCRIPTS / script).read_text(), example: text},
        before=(["node", str(example)],),
    )


def read_snippets(page: str, language: str, address: str) -> list[str]:
    """The code blocks of a page in docs/clients, with another address than the demo's."""
    blocks: list[str] = re.findall(
        rf"^```{language}\n(.*?)^```", (PAGES / page).read_text(), re.DOTALL | re.MULTILINE
    )
    return [block.replace(PAGES_ADDRESS, address) for block in blocks]


def python_row(name: str, script: str, page: str) -> Client:
    return Client(name, partial(plan_python, script=script, page=page))


def javascript_row(name: str, script: str, page: str) -> Client:
    return Client(name, partial(plan_javascript, script=script, page=page))


CLIENTS = (
    Client("Claude Code", plan_claude_code),
    Client("Codex", plan_codex),
    Client("OpenCode, openai-compatible", plan_opencode),
    *(
        Client(f"OpenCode, {route.partition('/')[2]}", partial(plan_opencode_on, route=route))
        for route in OTHER_OPENCODE_ROUTES
    ),
    Client("Cline CLI", plan_cline),
    Client("Continue CLI", plan_continue),
    Client("Qwen Code", plan_qwen_code),
    Client("Gemini CLI", plan_gemini_cli),
    Client("claude-code-router", plan_claude_code_router),
    Client("aider", plan_aider, tools=False),
    Client("llm", plan_llm),
    python_row("openai, Python", "openai_sdk.py", "openai-sdk.md"),
    python_row("anthropic, Python", "anthropic_sdk.py", "anthropic-sdk.md"),
    python_row("google-genai, Python", "google_genai_sdk.py", "google-genai-sdk.md"),
    python_row("LangChain, OpenAI", "langchain_openai_chat.py", "langchain.md"),
    python_row("LangChain, Anthropic", "langchain_anthropic_chat.py", "langchain.md"),
    python_row("pydantic-ai", "pydantic_ai_agent.py", "pydantic-ai.md"),
    python_row("openai-agents", "openai_agents.py", "openai-agents.md"),
    javascript_row("openai, JavaScript", "openai_sdk.mjs", "openai-sdk.md"),
    javascript_row("anthropic, JavaScript", "anthropic_sdk.mjs", "anthropic-sdk.md"),
    javascript_row("google-genai, JavaScript", "google_genai_sdk.mjs", "google-genai-sdk.md"),
    javascript_row("AI SDK", "ai_sdk.mjs", "ai-sdk.md"),
)
