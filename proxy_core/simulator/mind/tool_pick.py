"""Which tool a simulated model calls, and with which arguments. Pure.

A coding tool runs the calls for real on the user's machine. So made-up commands only print a greeting, a command
from the text is taken only when it can but look around, and a tool that changes things is called only by its name.
"""

import re
from collections.abc import Iterator
from typing import Any

from proxy_core.simulator.mind.conversation import Conversation, PlannedCall, SeenTool
from proxy_core.simulator.mind.schema_sample import sample_value

__all__ = ["build_call", "pick_tool"]

SHELL_TOOLS = {"bash", "shell", "run_commands", "run_command", "exec_command", "execute_command", "local_shell"}
SHELL_TOOLS |= {"run_shell_command", "run_terminal_cmd", "terminal", "powershell"}
ASKS_FOR_SHELL = re.compile(r"\b(run|execute|echo|shell|command|terminal|bash|list|ls|pwd)\b", re.IGNORECASE)
ASKS_FOR_ANY = re.compile(r"\b(use|call|try|invoke)\b.{0,40}\btools?\b", re.IGNORECASE | re.DOTALL)
ASKS_WITH_NAME = re.compile(r"\b(\w[\w.:-]*)`?\W? tool\b|\btool `?(\w[\w.:-]*)", re.IGNORECASE)
META_TOOLS = {"task", "agent", "skill", "question", "askuserquestion", "exitplanmode", "enterplanmode", "workflow"}
CHANGES_THINGS = {
    "write",
    "edit",
    "multiedit",
    "create",
    "delete",
    "apply",
    "patch",
    "replace",
    "remove",
    "kill",
    "stop",
}
CHANGES_THINGS |= {"move", "rename", "insert", "update", "cron", "schedule", "send", "push"}
COMMON_WORDS = {"with", "from", "this", "that", "your", "what", "tool", "call", "user", "text", "make"}
SAFE_COMMAND = "echo hello from the simulator"
LOOKS_AROUND = r"(?:echo|ls|pwd|date|whoami|uname|cat|head|tail|wc|true|sleep|git (?:status|log|diff|branch))"
QUOTED_COMMAND = re.compile(rf"`({LOOKS_AROUND}(?: [\w ,.:/!=~@%+-]{{1,400}})?)`")
ECHO_COMMAND = re.compile(r"\b(echo [\w ,.!-]{1,200}|pwd\b|ls(?: -\w+)?\b)")
PLACE = re.compile(r"\b(?:in|for|at|of) ([A-Z][\w-]+(?: [A-Z][\w-]+)?)")
PATH = re.compile(r"(?<![\w/])((?:~|\.{1,2})?/?[\w.-]+(?:/[\w.-]+)+|[\w-]+\.[A-Za-z]{1,5})\b")
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def pick_tool(conversation: Conversation, text: str) -> SeenTool | None:
    """The tool that `text` asks for; with a required choice always one."""
    tools = conversation.tools
    if conversation.forced_tool is not None:
        return next((tool for tool in tools if tool.name == conversation.forced_tool), None)
    best = max(tools, key=lambda tool: fit(tool, text), default=None)
    if best is not None and (conversation.tool_choice == "required" or fit(best, text) > 0):
        return best
    return None


def build_call(tool: SeenTool, text: str) -> PlannedCall:
    """A call with sample values for what the tool's schema requires."""
    return PlannedCall(tool.name, sample_value({"type": "object", **tool.schema}, Hints(text, tool).hint))


def fit(tool: SeenTool, text: str) -> int:
    """How well a tool fits a text: 0 for not at all, -1 for one that is better left alone."""
    name = tool.name.lower()
    lowered = text.lower()
    if any(name in names for names in ASKS_WITH_NAME.findall(lowered)):
        return 1000
    if CHANGES_THINGS & set(name_words(tool.name)):
        return -1
    if name in META_TOOLS:
        return 0
    if len(name) > 4 and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", lowered):
        return 500
    score = 100 if is_shell(tool) and ASKS_FOR_SHELL.search(text) else 0
    score += sum(10 for word in name_words(tool.name) if re.search(rf"\b{re.escape(word)}\b", lowered))
    return score or (1 if ASKS_FOR_ANY.search(text) else 0)


def is_shell(tool: SeenTool) -> bool:
    return tool.name.lower() in SHELL_TOOLS


def name_words(name: str) -> list[str]:
    words = re.findall(r"[A-Z]?[a-z]+|[A-Z]+|\d+", name)
    return [word.lower() for word in words if len(word) > 3 and word.lower() not in COMMON_WORDS]


class Hints:
    """Values for well-known property names, taken from what the user said."""

    def __init__(self, text: str, tool: SeenTool) -> None:
        self._text = text
        self._numbers: Iterator[str] = iter(NUMBER.findall(text))
        changes = bool(CHANGES_THINGS & set(name_words(tool.name)))
        self._default_path = "hello-from-the-simulator.txt" if changes else "README.md"
        self._command_is_list = json_type(tool, "command") == "array"

    def hint(self, name: str) -> Any:
        match name.lower().replace("_", ""):
            case "command" if self._command_is_list:
                return ["bash", "-lc", self._command()]
            case "command" | "cmd" | "script":
                return self._command()
            case "commands":
                return [self._command()]
            case "city" | "location" | "place" | "town":
                return found(PLACE, self._text) or "Berlin"
            case "path" | "filepath" | "filename" | "file" | "absolutepath" | "targetfile":
                return found(PATH, self._text) or self._default_path
            case "description" | "explanation" | "reason":
                return "Called by the simulated model"
            case "query" | "question" | "prompt" | "text" | "message" | "input":
                return self._text[:200] or None
            case "pattern" | "glob":
                return "*"
            case "url":
                return "https://example.com/"
            case "a" | "b" | "c" | "x" | "y" | "n" | "number" | "count":
                number = next(self._numbers, None)
                return None if number is None else float(number) if "." in number else int(number)
        return None

    def _command(self) -> str:
        asked = found(QUOTED_COMMAND, self._text) or found(ECHO_COMMAND, self._text)
        if asked:
            return asked.strip()
        return "ls" if re.search(r"\blist\b", self._text, re.IGNORECASE) else SAFE_COMMAND


def found(pattern: re.Pattern[str], text: str) -> str | None:
    match = pattern.search(text)
    return match[1] if match else None


def json_type(tool: SeenTool, name: str) -> Any:
    properties = tool.schema.get("properties")
    details = properties.get(name) if isinstance(properties, dict) else None
    return details.get("type") if isinstance(details, dict) else None
