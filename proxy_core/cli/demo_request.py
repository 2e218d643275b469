"""`sap-ai-demo-request`: three requests to a running proxy, each printed with its answer."""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence

from proxy_core.cli.find_proxy import add_proxy_arguments, find_proxy
from proxy_core.cli.program import FAILED, Parser, run_program
from proxy_core.json_text import JsonObject

__all__ = ["build_parser", "main"]

_QUESTION: JsonObject = {"role": "user", "content": "Say hello in one short sentence."}


def main(argv: Sequence[str] | None = None, environ: Mapping[str, str] | None = None) -> int:
    """Ask once plain and once streamed, and list the models. 0, 1 for a failed request, 2 for bad usage."""
    options = build_parser().parse_args(argv)
    found = os.environ if environ is None else environ
    return run_program(
        "sap-ai-demo-request", lambda: _show(options, found), debug=options.debug, interrupted=FAILED
    )


def build_parser() -> Parser:
    """The command line of `sap-ai-demo-request`."""
    parser = Parser(
        "sap-ai-demo-request",
        "Send a plain and a streamed request to a running proxy and list its models. Without options it finds the "
        "proxy of this user, or a demo.",
        "0 all answered, 1 a request failed, 2 bad usage or configuration.",
    )
    parser.add_argument("-m", "--model", metavar="NAME", help="the model (default: the first one published)")
    add_proxy_arguments(parser)
    return parser


def _show(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    proxy = find_proxy(options, environ)
    model = options.model or proxy.chat_models()[0]
    print(f"Plain request to {model} at {proxy.url}:\n{proxy.ask(model, [_QUESTION])}\n", flush=True)
    print(f"Streamed request to {model}:", flush=True)
    for text in proxy.stream(model, [_QUESTION]):
        print(text, end="", flush=True)
    models = proxy.models()
    print(f"\n\n{len(models)} models:", flush=True)
    print("\n".join(models), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
