"""Who answers a request: the token endpoint, the gateway's own refusals, the lm API, or a deployment. No I/O.

Gateway refusals are plain text, as Envoy writes them (protocol of the real service: no token 403, expired 401).
"""

import json
import time
import uuid
from collections.abc import Callable
from typing import Any

from proxy_core.simulator.exchange import Answer, Call, json_answer, text_answer
from proxy_core.simulator.families import find_handler
from proxy_core.simulator.fault_bodies import error_answer
from proxy_core.simulator.faults import LM_API, TOKEN_ENDPOINT, Fault, fault_from_json
from proxy_core.simulator.lm import answer_lm
from proxy_core.simulator.reply import Reply, build_reply
from proxy_core.simulator.request import SimRequest
from proxy_core.simulator.request_log import SeenRequest
from proxy_core.simulator.token_store import ISSUER, jwt_claims
from proxy_core.simulator.tokens import answer_token
from proxy_core.simulator.world import World

__all__ = ["Service"]

NO_JWT = "Jwt is not in the form of Header.Payload.Signature with two dots and 3 sections"
INFERENCE = "/v2/inference/deployments/"


class Service:
    """Answers requests from a world. `base` is its own address without a trailing slash."""

    def __init__(self, world: World, base: str) -> None:
        self._world = world
        self._base = base

    def respond(self, request: SimRequest) -> Reply:
        if request.path.endswith("/oauth/token"):
            return self._plain(TOKEN_ENDPOINT, request.path, {}, lambda: answer_token(self._world, request))
        if request.path == "/simulator/faults":
            return build_reply(self._set_faults(request), {})
        tenant = self._authorized(request)
        if isinstance(tenant, Answer):
            self._log(request)
            return build_reply(tenant, {})
        if request.path.startswith(INFERENCE):
            return self._infer(request, tenant)
        self._log(request)
        headers = {"x-request-id": new_request_id()}
        return self._plain(
            LM_API, request.path, headers, lambda: answer_lm(self._world, tenant, self._base, request)
        )

    def _plain(self, key: str, path: str, headers: dict[str, str], answer: Callable[[], Answer]) -> Reply:
        """An answer without a deployment, under its own faults."""
        faults = self._world.faults.take(key, path)
        return failed_reply(faults, headers) or build_reply(answer(), headers, faults)

    def _log(self, request: SimRequest, deployment: str = "") -> None:
        seen = SeenRequest(request.method, request.path, request.query, request.headers, request.body, deployment)
        self._world.requests.add(seen)

    def _authorized(self, request: SimRequest) -> str | Answer:
        """The sub-account's name, or the gateway's refusal."""
        if not request.path.startswith("/v2/"):
            return text_answer(400, "Missing Tenant Id")
        scheme, _, text = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not text:
            return text_answer(403, "RBAC: access denied")
        token = self._world.tokens.find(text.strip())
        if token is None:
            return self._unknown_token(text.strip())
        if self._world.tokens.is_over(token):
            return text_answer(401, "Jwt is expired")
        return token.tenant

    def _unknown_token(self, text: str) -> Answer:
        claims = jwt_claims(text)
        if claims is None:
            return text_answer(401, NO_JWT)
        if claims.get("iss") != ISSUER:
            return text_answer(401, "Jwt issuer is not configured")
        zone = claims.get("zid")
        if zone is not None and zone not in {tenant.name for tenant in self._world.tenants}:
            return json_answer(400, {"error": {"code": "01030400", "message": "tenant not found"}})
        return text_answer(401, "Jwt verification fails")

    def _infer(self, request: SimRequest, tenant: str) -> Reply:
        deployment_id, slash, rest = request.path.removeprefix(INFERENCE).partition("/")
        self._log(request, deployment_id)
        path = slash + rest
        headers = inference_headers()
        record = self._world.record(deployment_id)
        if record is None or record.deployment.tenant != tenant or record.deployment.status != "RUNNING":
            return build_reply(text_answer(404, ""), headers)
        deployment = record.deployment
        if request.headers.get("ai-resource-group") != deployment.resource_group:
            return build_reply(self._wrong_group(), headers)
        if self._world.over_rate_limit(deployment):
            return build_reply(error_answer("too_many", 429, deployment.executable), headers)
        faults = self._world.faults.take(deployment_id, path)
        call = Call(
            deployment,
            request.method,
            path,
            request.query,
            request.headers,
            request.body,
            self._world.memory,
            self._world.kept,
        )
        return self._answered(call, faults, headers)

    def _wrong_group(self) -> Answer:
        status = self._world.switches.group_status
        return text_answer(status, "RBAC: access denied" if status == 403 else "")

    def _answered(self, call: Call, faults: tuple[Fault, ...], headers: dict[str, str]) -> Reply:
        if failed := failed_reply(faults, headers, call.deployment.executable):
            return failed
        handler = find_handler(call.deployment.executable, call.path, call.deployment.model)
        if handler is None:
            return build_reply(text_answer(404, ""), headers, faults)
        started = time.perf_counter()
        try:
            answer = handler(call)
        except RecursionError:  # too deep a schema or argument
            answer = error_answer("family", 400, call.deployment.executable)
        headers["x-upstream-service-time"] = str(int((time.perf_counter() - started) * 1000))
        return build_reply(answer, headers, faults, call.deployment, call.path)

    def _set_faults(self, request: SimRequest) -> Answer:
        """`POST {"deployment": ID, "faults": [{...}]}` sets, `DELETE` clears all."""
        if request.method == "DELETE":
            self._world.faults.clear()
            return json_answer(200, {"faults": "cleared"})
        try:
            deployment_id, faults = read_faults(request.json())
        except (ValueError, TypeError) as error:
            return json_answer(400, {"error": str(error)})
        self._world.faults.set(deployment_id, *faults)
        return json_answer(200, {"deployment": deployment_id, "faults": len(faults)})


def read_faults(body: Any) -> tuple[str, list[Fault]]:
    if not isinstance(body, dict) or not isinstance(body.get("deployment"), str):
        raise ValueError("the body must be an object with `deployment` (an id, or *) and `faults` (a list)")
    return body["deployment"], [fault_from_json(fault) for fault in body.get("faults", [])]


def failed_reply(faults: tuple[Fault, ...], headers: dict[str, str], executable: str = "") -> Reply | None:
    """The answer of the first fault that has a status of its own."""
    for fault in faults:
        if fault.kind == "status":
            answer, extra = status_fault(fault, executable)
            return build_reply(answer, {**headers, **extra}, faults)
    return None


def status_fault(fault: Fault, executable: str) -> tuple[Answer, dict[str, str]]:
    extra = dict(fault.headers)
    if fault.retry_after is not None:
        extra["retry-after"] = fault.retry_after
    if fault.text is None:
        return error_answer(fault.body, fault.status, executable), extra
    kind = "application/json" if is_json(fault.text) else "text/plain"
    return Answer(fault.status, fault.text.encode(), kind), extra


def is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def inference_headers() -> dict[str, str]:
    name = new_request_id()
    return {"x-request-id": name, "ai-inference-id": name, "x-upstream-service-time": "0"}


def new_request_id() -> str:
    return str(uuid.uuid4())
