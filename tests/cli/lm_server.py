"""A small SAP AI Core for the command line tests: a token endpoint and a list of deployments on loopback."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

__all__ = ["LmServer", "run_lm_server"]


class LmServer:
    """`deployments` is what it lists; `refuse` makes it answer every token request with 401."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.deployments: list[dict[str, Any]] = []
        self.refuse = False

    def service_key(self) -> dict[str, Any]:
        return {
            "clientid": "demo-client",
            "clientsecret": "demo-secret",
            "url": self.url,
            "serviceurls": {"AI_API_URL": self.url},
        }

    def add(
        self, deployment_id: str, model: str, status: str = "RUNNING", scenario: str = "foundation-models"
    ) -> str:
        """List one more deployment; returns its URL."""
        url = f"{self.url}/v2/inference/deployments/{deployment_id}"
        backend = {"model": {"name": model, "version": "latest"}} if model else {}
        self.deployments.append(
            {
                "id": deployment_id,
                "configurationId": "c",
                "configurationName": "any",
                "status": status,
                "scenarioId": scenario,
                "deploymentUrl": url if status == "RUNNING" else "",
                "createdAt": "2026-01-01T00:00:00Z",
                "modifiedAt": "2026-01-01T00:00:00Z",
                "details": {"resources": {"backend_details": backend}},
            }
        )
        return url

    def answer(self, path: str) -> tuple[int, Any]:
        if path.startswith("/oauth/token"):
            if self.refuse:
                return 401, {"error": "unauthorized", "error_description": "Bad credentials"}
            return 200, {"access_token": "demo-token", "token_type": "bearer", "expires_in": 3600}
        if path.startswith("/v2/lm/deployments"):
            return 200, {"count": len(self.deployments), "resources": self.deployments}
        return 404, {"error": {"code": "404", "message": "Not found"}}


@contextmanager
def run_lm_server() -> Iterator[LmServer]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            status, body = lm.answer(self.path)
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", "0")))
            self.do_GET()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
            """Stay quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        lm = LmServer(server.server_port)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield lm
        finally:
            server.shutdown()
            thread.join()
