"""The routes that call no model: lists, probes, and the refusals clients count on. Flask serves them.

Access, request ids and the shape of errors are not its matter: it raises `ProxyError`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from proxy_core.client_dialects.gemini_generate_content.models import encode_model, encode_model_list
from proxy_core.errors import ClientError, ErrorKind, ProxyError
from proxy_core.json_text import JsonObject, dump_json
from proxy_core.server.routes import (
    EVENT_LOGGING_PATHS,
    GEMINI,
    GEMINI_ACTIONS,
    MODEL_PATHS,
    PROBE_PATHS,
    RESPONSES_PATHS,
    STATUS_PATHS,
    TRY_AGAIN_PATHS,
    resolve_dialect,
)

__all__ = ["OwnAnswers", "WrongMethodError", "build_small_routes"]


@dataclass(frozen=True, slots=True)
class OwnAnswers:
    """What is answered without calling a model. `models` gives the model list, `model` one entry by id (raises
    `ProxyError`), `status` how the deployments fare, `try_again` lets all that rest be asked again and gives the
    status then."""

    models: Callable[[], JsonObject]
    model: Callable[[str], JsonObject]
    status: Callable[[], JsonObject]
    try_again: Callable[[], JsonObject]


class WrongMethodError(ClientError):
    """The path exists, the method does not. `allowed` is the value of the `Allow` header."""

    def __init__(self, method: str, path: str, allowed: Iterable[str]) -> None:
        self.allowed = ", ".join(sorted(allowed))
        super().__init__(f"{path} takes {self.allowed}, not {method}.", status=405, kind=ErrorKind.NOT_FOUND)


def build_small_routes(own: OwnAnswers) -> Flask:
    """The Flask application. Every `ProxyError`, also those of `own`, leaves its `wsgi_app` as an exception."""
    app = Flask(__name__, static_folder=None)
    app.config["PROPAGATE_EXCEPTIONS"] = True
    app.url_map.merge_slashes = False
    app.register_error_handler(HTTPException, _refuse)
    _add(app, MODEL_PATHS, lambda: _model_list(own.models()), ("GET",))
    _add(app, [f"{path}/<path:name>" for path in MODEL_PATHS], lambda name: _model(own.model(name)), ("GET",))
    _add(app, [f"{path}/<path:name>:<action>" for path in MODEL_PATHS], _refuse_action, ("POST",))
    _add(app, PROBE_PATHS, lambda: _json({"status": "ok"}), ("GET",))
    _add(app, STATUS_PATHS, lambda: _json(own.status()), ("GET",))
    _add(app, TRY_AGAIN_PATHS, lambda: _json(own.try_again()), ("POST",))
    _add(app, EVENT_LOGGING_PATHS, lambda: Response(status=204), ("POST",))
    _add(app, RESPONSES_PATHS, _refuse_web_socket, ("GET",), websocket=True)
    return app


def _add(
    app: Flask,
    paths: Iterable[str],
    view: Callable[..., Response],
    methods: tuple[str, ...],
    *,
    websocket: bool = False,
) -> None:
    for path in filter(None, paths):
        app.add_url_rule(path, f"{path} {methods} {websocket}", view, methods=methods, websocket=websocket)


def _json(value: JsonObject) -> Response:
    return Response(dump_json(value), content_type="application/json")


def _model_list(listing: JsonObject) -> Response:
    return _json(encode_model_list(listing) if _asks_google() else listing)


def _model(entry: JsonObject) -> Response:
    return _json(encode_model(entry) if _asks_google() else entry)


def _asks_google() -> bool:
    names = {name.lower(): value for name, value in request.headers.items()}
    return resolve_dialect(request.path, names) == GEMINI


def _refuse_web_socket() -> Response:
    """Codex asks for a WebSocket first and uses POST once it is told 426."""
    raise ClientError("This proxy speaks no WebSocket. Use POST with server-sent events.", status=426)


def _refuse_action(name: str, action: str) -> Response:
    raise ClientError(
        f"There is no `:{action[:40]}` of {name[:100]} here. There are :{', :'.join(GEMINI_ACTIONS)}.",
        status=404,
        kind=ErrorKind.NOT_FOUND,
    )


def _refuse(error: HTTPException) -> Response:
    if error.code == 405:
        allowed = getattr(error, "valid_methods", None) or ()
        raise WrongMethodError(request.method, request.path, allowed) from None
    if error.code == 404:
        raise _no_such_path() from None
    raise ClientError(error.description or "Bad request.", status=error.code or 400) from None


def _no_such_path() -> ProxyError:
    return ClientError(
        f"There is no {request.method} {request.path} here. POST /v1/chat/completions, POST /v1/messages, "
        "POST /v1/responses, POST /v1/embeddings and GET /v1/models are.",
        status=404,
        kind=ErrorKind.NOT_FOUND,
    )
