"""The clients and how each is pointed at the proxy. Data: nothing here starts a program.

Every entry follows the client's own documentation. A client keeps its settings below HOME, which is empty.
"""

import json
from functools import partial
from pathlib import Path

from tests.clients.parts import KEY, PROMPT, Client, Place, Run, Service, find_free_port

__all__ = ["CLIENTS"]

SCRIPTS = Path(__file__).with_name("scripts")
OPENCODE_ROUTES = ("@ai-sdk/openai-compatible", "@ai-sdk/openai", "@ai-sdk/anthropic")


def plan_claude_code(place: Place, address: str = "") -> Run:
    environ = {
        "ANTHROPIC_BASE_URL": address or place.address,
        "ANTHROPIC_AUTH_TOKEN": KEY,
        "ANTHROPIC_MODEL": place.model,
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    }
    program = place.native("@anthropic-ai/claude-code-*/claude")
    return Run([program, "-p", PROMPT, "--allowedTools", "Bash"], environ)


def plan_claude_code_router(place: Place) -> Run:
    port = find_free_port()
    provider = {
        "name": "sap",
        "api_base_url": f"{place.v1}/chat/completions",
        "api_key": KEY,
        "models": [place.model],
    }
    config = {"PORT": port, "Providers": [provider], "Router": {"default": f"sap,{place.model}"}}
    run = plan_claude_code(place, f"http://127.0.0.1:{port}")
    return Run(
        run.command,
        {**run.environ, "ANTHROPIC_MODEL": "claude-sonnet-4-5"},
        {place.home / ".claude-code-router" / "config.json": json.dumps(config)},
        service=Service([place.bin("ccr"), "start"], port),
    )


def plan_codex(place: Place) -> Run:
    config = f"""
model = "{place.model}"
model_provider = "sap"
web_search = "disabled"
[features]
multi_agent = false
goals = false
[model_providers.sap]
name = "SAP AI Core"
base_url = "{place.v1}"
env_key = "SAP_PROXY_KEY"
wire_api = "responses"
"""
    # Its own sandbox needs rights that a container lacks; the simulated model runs only commands that look around.
    command = [place.bin("codex"), "exec", "--skip-git-repo-check", "--dangerously-bypass-approvals-and-sandbox"]
    return Run([*command, PROMPT], {"SAP_PROXY_KEY": KEY}, {place.home / ".codex" / "config.toml": config})


def plan_opencode(place: Place, route: str) -> Run:
    provider = {
        "npm": route,
        "options": {"baseURL": place.v1, "apiKey": KEY},
        "models": {place.model: {"limit": {"context": 200_000, "output": 16_000}}},
    }
    config = {"provider": {"sap": provider}, "permission": {"bash": "allow"}, "autoupdate": False}
    program = place.native("opencode-*/bin/opencode")
    return Run(
        [program, "run", "-m", f"sap/{place.model}", PROMPT],
        files={place.work / "opencode.json": json.dumps(config)},
    )


def plan_cline(place: Place) -> Run:
    cline, provider = place.bin("cline"), "openai-compatible"
    account = ["--provider", provider, "--apikey", KEY, "--modelid", place.model, "--baseurl", place.v1]
    return Run([cline, "-P", provider, "-m", place.model, "-k", KEY, PROMPT], before=([cline, "auth", *account],))


def plan_qwen_code(place: Place) -> Run:
    environ = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": place.v1, "OPENAI_MODEL": place.model}
    command = [place.bin("qwen"), "--auth-type", "openai", "--model", place.model, "--approval-mode", "yolo"]
    return Run([*command, "-p", PROMPT], environ)


def plan_aider(place: Place) -> Run:
    name = f"openai/{place.model}"
    command = [place.python("aider"), "-m", "aider", "--model", name, "--weak-model", name, "--no-git", "--yes"]
    quiet = ["--no-check-update", "--no-show-model-warnings", "--analytics-disable", "--no-pretty"]
    environ = {"OPENAI_API_BASE": place.v1, "OPENAI_API_KEY": KEY}
    return Run([*command, *quiet, "--message", "Who are you?"], environ)


def plan_llm(place: Place) -> Run:
    # Without the name of a key, llm sends none to an address of one's own.
    model = {"model_id": "sap", "model_name": place.model, "api_base": place.v1, "api_key_name": "sap"}
    models = [{**model, "supports_tools": True}]
    function = "def bash(command: str) -> str:\n    return open(command.split()[-1]).read()"
    command = [place.python("llm"), "-m", "llm", "-m", "sap", "--key", KEY, "--functions", function, PROMPT]
    settings = place.home / "llm"
    # YAML reads JSON.
    return Run(
        command,
        {"LLM_USER_PATH": str(settings)},
        {settings / "extra-openai-models.yaml": json.dumps(models)},
    )


def plan_python(place: Place, script: str) -> Run:
    return Run([place.python("frameworks"), str(SCRIPTS / script), place.address, place.model, PROMPT])


def plan_javascript(place: Place, script: str) -> Run:
    # Node looks for packages beside the script, so it runs from the folder that has them.
    copy = place.installed / "npm" / script
    text = (SCRIPTS / script).read_text()
    return Run(["node", str(copy), place.address, place.model, PROMPT], files={copy: text})


CLIENTS = (
    Client("Claude Code", plan_claude_code),
    Client("Codex", plan_codex),
    *(
        Client(f"OpenCode, {route.partition('/')[2]}", partial(plan_opencode, route=route))
        for route in OPENCODE_ROUTES
    ),
    Client("Cline CLI", plan_cline),
    Client("Qwen Code", plan_qwen_code),
    Client("claude-code-router", plan_claude_code_router),
    Client("aider", plan_aider, tools=False),
    Client("llm", plan_llm),
    Client("openai, Python", partial(plan_python, script="openai_sdk.py")),
    Client("anthropic, Python", partial(plan_python, script="anthropic_sdk.py")),
    Client("LangChain, OpenAI", partial(plan_python, script="langchain_openai_chat.py")),
    Client("LangChain, Anthropic", partial(plan_python, script="langchain_anthropic_chat.py")),
    Client("pydantic-ai", partial(plan_python, script="pydantic_ai_agent.py")),
    Client("openai-agents", partial(plan_python, script="openai_agents.py")),
    Client("openai, JavaScript", partial(plan_javascript, script="openai_sdk.mjs")),
    Client("anthropic, JavaScript", partial(plan_javascript, script="anthropic_sdk.mjs")),
    Client("AI SDK", partial(plan_javascript, script="ai_sdk.mjs")),
)
