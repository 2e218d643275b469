"""The settings page's Flask application: the page, its files, and its JSON interface.

It keeps the rules of `guard` for every request and writes every error as JSON. What the page can do is in
`commands`; nothing here knows what a sub-account is.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from importlib.resources import files

from flask import Flask, Response, render_template, request
from werkzeug.exceptions import HTTPException

from proxy_core.admin.backend import AdminBackend, BackendError
from proxy_core.admin.commands import COMMANDS, Fields, encode_overview, encode_step
from proxy_core.admin.guard import COOKIE, SECURITY_HEADERS, Guard, RefusedError, cookie_header
from proxy_core.admin.page_texts import LANGUAGES, PageTexts
from proxy_core.admin.sessions import Session, Sessions
from proxy_core.doctor.report import encode_finding, render_report
from proxy_core.json_text import JsonError, JsonObject, dump_json, load_json
from proxy_core.server.wire_refusal import REFUSAL_KEY

__all__ = ["BODY_LIMIT", "build_admin_app"]

BODY_LIMIT = 4 * 1024 * 1024
"""Bytes. A config file with its keys has some ten thousand."""

_ASSET_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_READING_METHODS = frozenset({"GET", "HEAD"})
_BUG = "The program failed by a bug of its own. The log tells more."


def build_admin_app(
    backend: AdminBackend,
    sessions: Sessions,
    port: Callable[[], int],
    base: str,
    log: logging.Logger,
    language: str | None = None,
) -> Flask:
    """The application of the server at `port`, which is asked for once it listens. `base` is the path of the page,
    with a `/` at both ends. Without a `language` the browser's is spoken."""
    app = Flask("proxy_core.admin", static_folder=None, template_folder="page")
    app.config["MAX_CONTENT_LENGTH"] = BODY_LIMIT
    site = _Site(backend, sessions, Guard(sessions, port), base, log, language)
    app.before_request(site.admit)
    app.after_request(_secured)
    app.register_error_handler(RefusedError, site.refuse)
    app.register_error_handler(BackendError, _backend_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, site.bug)
    app.add_url_rule("/", "closed", site.closed)
    app.add_url_rule("/enter", "enter", site.enter)
    app.add_url_rule("/assets/<name>", "asset", site.asset)
    app.add_url_rule(base, "page", site.page)
    app.add_url_rule(f"{base}api/overview", "overview", site.overview)
    app.add_url_rule(f"{base}api/texts", "texts", site.texts)
    app.add_url_rule(f"{base}api/check-key", "check", site.check_key, methods=["POST"])
    app.add_url_rule(f"{base}api/examine", "examine", site.examine, methods=["POST"])
    app.add_url_rule(f"{base}api/<name>", "command", site.command, methods=["POST"])
    return app


class _Site:
    def __init__(
        self,
        backend: AdminBackend,
        sessions: Sessions,
        guard: Guard,
        base: str,
        log: logging.Logger,
        language: str | None,
    ) -> None:
        self._backend = backend
        self._sessions = sessions
        self._guard = guard
        self._base = base
        self._log = log
        self._own_language = language
        self._texts = PageTexts()
        self._assets = _read_assets()

    # --- rules

    def admit(self) -> None:
        """Every request passes here first."""
        headers = _headers()
        if refusal := request.environ.get(REFUSAL_KEY):
            raise RefusedError("The request cannot be read, or is too long.", status=refusal, code="bad_request")
        self._guard.check_host(headers)
        changes = request.method not in _READING_METHODS
        if request.path.startswith(f"{self._base}api/"):
            self._guard.check_origin(headers, changes=changes)
            session = self._session()
            if changes:
                self._guard.check_csrf(session, headers)
        elif changes:
            raise RefusedError("Nothing here can be changed.", status=405, code="bad_request")

    def _session(self) -> Session:
        changes = request.method not in _READING_METHODS
        return self._guard.find_session(request.cookies.get(COOKIE), _headers(), changes=changes)

    # --- pages

    def closed(self) -> Response:
        return self._closed_page("closed.text", 403)

    def enter(self) -> Response:
        """Exchange a one-time link for a session. A HEAD, as link previews send it, does not use the link up."""
        if request.method == "HEAD":
            return Response(status=204)
        session = self._sessions.redeem(request.args.get("ticket", ""))
        if session is None:
            return self._closed_page("closed.used", 403)
        headers = {"Location": self._base, "Set-Cookie": cookie_header(session, self._base)}
        return Response(status=303, headers=headers)

    def page(self) -> Response:
        try:
            session = self._session()
        except RefusedError:
            return self._closed_page("closed.text", 401)
        self._sessions.find(session.token, renew=True)
        return self._render("index.html", 200, csrf=session.csrf)

    def asset(self, name: str) -> Response:
        if name not in self._assets:
            return _error(404, "There is no such file.")
        content, content_type = self._assets[name]
        return Response(content, content_type=f"{content_type}; charset=utf-8")

    def _closed_page(self, text: str, status: int) -> Response:
        return self._render("closed.html", status, reason=text)

    def _render(self, template: str, status: int, **values: str) -> Response:
        language = self._language()
        texts = self._texts.in_language(language)
        return Response(
            render_template(template, t=texts.__getitem__, language=language, **values),
            status,
            content_type="text/html; charset=utf-8",
        )

    def _language(self) -> str:
        return self._own_language or request.accept_languages.best_match(LANGUAGES) or LANGUAGES[0]

    # --- JSON

    def texts(self) -> Response:
        language = self._language()
        return _json({"language": language, "texts": self._texts.in_language(language)})

    def overview(self) -> Response:
        return _json(encode_overview(self._backend))

    def command(self, name: str) -> Response:
        command = COMMANDS.get(name)
        if command is None:
            return _error(404, "There is no such command.")
        return _json(command(self._backend, Fields(_body())))

    def check_key(self) -> Response:
        """One line of JSON for each step, as it is done; `{"error": …}` as the last line when it breaks off."""
        fields = Fields(_body())
        return self._stream(self._steps(fields.text("text"), fields.text("resource_group")))

    def _steps(self, text: str, resource_group: str) -> Iterator[JsonObject]:
        for step in self._backend.check_key(text, resource_group):
            yield encode_step(step)

    def examine(self) -> Response:
        """One line of JSON for each finding, as it is made, then `{"report": …}`, the text to copy."""
        return self._stream(self._findings(calls=Fields(_body()).values.get("calls") is True))

    def _findings(self, *, calls: bool) -> Iterator[JsonObject]:
        found = []
        for finding in self._backend.examine(calls):
            found.append(finding)
            yield encode_finding(finding)
        yield {"report": render_report(found)}

    def _stream(self, values: Iterator[JsonObject]) -> Response:
        return Response(self._lines(values), content_type="application/x-ndjson")

    def _lines(self, values: Iterator[JsonObject]) -> Iterator[bytes]:
        try:
            for value in values:
                yield dump_json(value) + b"\n"
        except BackendError as error:
            yield dump_json(_error_body(str(error), field=error.field)) + b"\n"
        except Exception:  # the top of this request in its thread
            self._log.exception("The settings page failed in the middle of a check")
            yield dump_json(_error_body(_BUG)) + b"\n"

    # --- errors

    def refuse(self, error: RefusedError) -> Response:
        self._log.info("Settings page: %s refused: %s", request.method, error.code)
        return _error(error.status, str(error), code=error.code)

    def bug(self, error: Exception) -> Response:
        self._log.error("Settings page: %s failed by a bug", request.endpoint, exc_info=error)
        return _error(500, _BUG)


def _secured(response: Response) -> Response:
    response.headers.update(SECURITY_HEADERS)
    return response


def _backend_error(error: BackendError) -> Response:
    return _error(422, str(error), field=error.field)


def _http_error(error: HTTPException) -> Response:
    return _error(error.code or 400, error.description or "The request cannot be answered.")


def _error(status: int, message: str, *, field: str | None = None, code: str | None = None) -> Response:
    return _json(_error_body(message, field=field, code=code), status)


def _error_body(message: str, *, field: str | None = None, code: str | None = None) -> JsonObject:
    return {"error": {"message": message, "field": field, "code": code}}


def _json(value: JsonObject, status: int = 200) -> Response:
    return Response(dump_json(value), status, content_type="application/json")


def _body() -> JsonObject:
    if request.mimetype != "application/json":
        raise RefusedError("Send JSON.", status=415, code="bad_request")
    try:
        value = load_json(request.get_data())
    except JsonError:
        raise RefusedError("The request is not valid JSON.", status=400, code="bad_request") from None
    if not isinstance(value, dict):
        raise RefusedError("The request must be a JSON object.", status=400, code="bad_request")
    return value


def _headers() -> Mapping[str, str]:
    return {name.lower(): value for name, value in request.headers.items()}


def _read_assets() -> dict[str, tuple[bytes, str]]:
    """The page's own files by name, with their types."""
    found = {}
    for file in files("proxy_core.admin").joinpath("page").iterdir():
        content_type = _ASSET_TYPES.get(file.name[file.name.rfind(".") :])
        if content_type:
            found[file.name] = (file.read_bytes(), content_type)
    return found
