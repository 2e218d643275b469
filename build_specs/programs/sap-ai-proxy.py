"""The frozen `sap-ai-proxy`. Also the other command lines: by the name of a link to it, or by its first word."""

import sys
from pathlib import Path

COMMANDS = {
    "sap-ai-inspect": "inspect",
    "sap-ai-chat": "chat",
    "sap-ai-demo-request": "demo-request",
}


def choose_command(arguments: list[str]) -> tuple[str, list[str]]:
    """The command, and what is left of the command line for it."""
    by_name = COMMANDS.get(Path(arguments[0]).name.removesuffix(".exe"))
    if by_name:
        return by_name, arguments[1:]
    if len(arguments) > 1 and arguments[1] in COMMANDS.values():
        return arguments[1], arguments[2:]
    return "serve", arguments[1:]


def run(arguments: list[str]) -> int:
    command, rest = choose_command(arguments)
    match command:
        case "inspect":
            from proxy_core.cli.inspect import main
        case "chat":
            from proxy_core.cli.chat import main
        case "demo-request":
            from proxy_core.cli.demo_request import main
        case _:
            from proxy_core.cli.serve import main
    return main(rest)


if __name__ == "__main__":
    sys.exit(run(sys.argv))
