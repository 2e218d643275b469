"""`sap-ai-chat`: a conversation in the terminal with a model of a running proxy."""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence

from proxy_core.cli.find_proxy import add_proxy_arguments, find_proxy
from proxy_core.cli.local_proxy import CallFailedError, LocalProxy, NotReachableError
from proxy_core.cli.program import Parser, run_program
from proxy_core.json_text import JsonObject

__all__ = ["build_parser", "main"]

_LAST_WORDS = frozenset({"exit", "quit"})


def main(argv: Sequence[str] | None = None, environ: Mapping[str, str] | None = None) -> int:
    """Talk until `exit`, Ctrl-D or Ctrl-C. 0 for a clean end, 1 when the last answer failed, 2 for bad usage."""
    options = build_parser().parse_args(argv)
    found = os.environ if environ is None else environ
    return run_program("sap-ai-chat", lambda: _chat(options, found), debug=options.debug, interrupted=0)


def build_parser() -> Parser:
    """The command line of `sap-ai-chat`."""
    parser = Parser(
        "sap-ai-chat",
        "Talk with a model of a running proxy. Without options it finds the proxy of this user, or a demo.",
        "0 ended by you, 1 the last answer failed, 2 bad usage or configuration.",
    )
    parser.add_argument("-m", "--model", metavar="NAME", help="the model (default: the first one published)")
    add_proxy_arguments(parser)
    return parser


def _chat(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    proxy = find_proxy(options, environ)
    model = options.model or proxy.chat_models()[0]
    print(f"Starting chat with model: {model}. Type 'exit' to end.", flush=True)
    try:
        return _talk(proxy, model)
    except KeyboardInterrupt:
        print()
        return 0


def _talk(proxy: LocalProxy, model: str) -> int:
    history: list[JsonObject] = []
    failed = False
    while (said := _listen()) is not None:
        if not said:
            continue
        history.append({"role": "user", "content": said})
        answer = _answer(proxy, model, history)
        failed = answer is None
        if answer is None:
            history.pop()
        else:
            history.append({"role": "assistant", "content": answer})
    return 1 if failed else 0


def _listen() -> str | None:
    """What the user said; None to end."""
    try:
        said = input("You: ").strip()
    except EOFError:
        print()
        return None
    return None if said.lower() in _LAST_WORDS else said


def _answer(proxy: LocalProxy, model: str, history: Sequence[JsonObject]) -> str | None:
    """Print the answer as it comes. None when it failed: the user may try again."""
    print("Assistant: ", end="", flush=True)
    texts: list[str] = []
    try:
        for text in proxy.stream(model, history):
            texts.append(text)
            print(text, end="", flush=True)
    except NotReachableError:
        print()
        raise
    except CallFailedError as error:
        print(flush=True)
        print(f"Error: {error}", file=sys.stderr)
        return None
    print(flush=True)
    return "".join(texts)


if __name__ == "__main__":
    sys.exit(main())
