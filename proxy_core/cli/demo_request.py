"""`sap-ai-demo-request`: three requests to a running proxy, each printed with its answer."""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence

from proxy_core.cli.local_proxy import CallFailedError, LocalProxy, add_proxy_arguments, resolve_proxy
from proxy_core.errors import ConfigurationError
from proxy_core.json_text import JsonObject

__all__ = ["main"]

_QUESTION: JsonObject = {"role": "user", "content": "Say hello in one short sentence."}


def main(argv: Sequence[str] | None = None, environ: Mapping[str, str] | None = None) -> int:
    """Ask once plain and once streamed, and list the models. 0, 1 for a failed request, 2 for bad usage."""
    options = _parse_arguments(argv)
    try:
        proxy = resolve_proxy(options.url, options.key, options.config, os.environ if environ is None else environ)
        _show(proxy, options.model)
    except ConfigurationError as error:
        print(f"sap-ai-demo-request: {error}", file=sys.stderr)
        return 2
    except CallFailedError as error:
        print(f"sap-ai-demo-request: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print()
        return 1
    return 0


def _parse_arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="sap-ai-demo-request", description="Send a plain and a streamed request to a running proxy."
    )
    parser.add_argument("-m", "--model", metavar="NAME", help="the model (default: the first one published)")
    add_proxy_arguments(parser)
    return parser.parse_args(argv)


def _show(proxy: LocalProxy, wanted: str | None) -> None:
    model = wanted or proxy.chat_models()[0]
    print(f"Plain request to {model} at {proxy.url}:\n{proxy.ask(model, [_QUESTION])}\n", flush=True)
    print(f"Streamed request to {model}:", flush=True)
    for text in proxy.stream(model, [_QUESTION]):
        print(text, end="", flush=True)
    models = proxy.models()
    print(f"\n\n{len(models)} models:", flush=True)
    print("\n".join(models), flush=True)


if __name__ == "__main__":
    sys.exit(main())
