"""Requests that are no conversation: vectors and transcripts.

They share with the conversations how models are found, how deployments take turns, and how failures are told.
"""

import logging
from collections.abc import Callable, Mapping
from typing import Any

from proxy_core.aicore.deployment import Deployment
from proxy_core.capabilities import capabilities_of
from proxy_core.gateway.deployment_family import embedder_of, transcriber_of
from proxy_core.gateway.fan_out import FanOut, WholeAnswer
from proxy_core.gateway.metering import count_answer, transcript_usage
from proxy_core.gateway.misshapen import MISSHAPEN, misshapen_answer
from proxy_core.gateway.ports import DeploymentCalls, Routes
from proxy_core.gateway.refusals import Refusals
from proxy_core.gateway.replies import json_reply, reply_headers
from proxy_core.gateway.request_body import model_of, parse_body
from proxy_core.gateway.rough_count import BYTES_PER_TOKEN
from proxy_core.gateway.transcription_form import decode_form
from proxy_core.gateway.trial import Trial
from proxy_core.http_exchange import RawRequest, Reply
from proxy_core.json_text import dump_json
from proxy_core.neutral.diagnostics import Diagnostic
from proxy_core.neutral.embeddings import EmbeddingRequest
from proxy_core.neutral.messages import Usage
from proxy_core.registry import EMBEDDING_DIALECTS
from proxy_core.routing.models import Resolution
from proxy_core.upstream_families.base import EmbeddingFamily, Target, TranscriptionFamily

__all__ = ["SideCalls"]


class SideCalls:
    """Safe for many threads: no state of a request is kept in it. `api_versions` by SAP model name;
    `modules` gives the orchestration modules of one."""

    def __init__(
        self,
        routes: Routes,
        trial: Callable[[RawRequest, Resolution], Trial],
        calls: DeploymentCalls,
        refusals: Refusals,
        log: logging.Logger,
        *,
        api_versions: Mapping[str, str],
        modules: Callable[[str], Mapping[str, Any]],
        extra_headers: Mapping[str, str],
    ) -> None:
        self._routes = routes
        self._trial = trial
        self._calls = calls
        self._refusals = refusals
        self._log = log
        self._api_versions = api_versions
        self._modules = modules
        self._extra_headers = extra_headers

    def embed(self, raw: RawRequest) -> Reply:
        """`POST /v1/embeddings` and Google's way to ask for vectors. Raises `ProxyError`."""
        body = parse_body(raw)
        resolution = self._routes.resolve(model_of(body), "embeddings")
        request = EMBEDDING_DIALECTS[raw.endpoint].decode_request(body)
        fans: list[FanOut] = []
        trial = self._trial(raw, resolution)

        def ask(deployment: Deployment) -> bytes:
            family = embedder_of(deployment)
            fans.append(self._fan_out(raw, deployment, family, request.diagnostics))
            try:
                return self._vectors(raw, request, self._target(deployment, resolution), family, fans[-1])
            finally:
                trial.took_calls(deployment, fans[-1].calls)

        answer = trial.first(ask)
        return json_reply(answer, self._headers(raw, resolution, fans[-1]))

    def transcribe(self, raw: RawRequest) -> Reply:
        """`POST /v1/audio/transcriptions`. Raises `ProxyError`."""
        form = decode_form(raw)
        resolution = self._routes.resolve(form.model, "transcription")
        fans: list[FanOut] = []

        def ask(deployment: Deployment) -> WholeAnswer:
            family = transcriber_of(deployment)
            fans.append(self._fan_out(raw, deployment, family, ()))
            sent = family.adapt_request(raw.body, form.content_type, self._target(deployment, resolution))
            return fans[-1].answers([sent])[0]

        answer = self._trial(raw, resolution).first(ask)
        if raw.meter is not None:
            count_answer(raw.meter, transcript_usage(answer.body), lambda: len(answer.body) // BYTES_PER_TOKEN)
        content_type = answer.headers.get("content-type", "application/json")
        return Reply(200, {"Content-Type": content_type, **self._headers(raw, resolution, fans[-1])}, answer.body)

    def _vectors(
        self, raw: RawRequest, request: EmbeddingRequest, target: Target, family: EmbeddingFamily, fan: FanOut
    ) -> bytes:
        bodies = [answer.body for answer in fan.answers(family.encode_request(request, target))]
        try:
            response = family.decode_response(bodies, request)
            answer = EMBEDDING_DIALECTS[raw.endpoint].encode_response(response, request, target.public_model)
        except MISSHAPEN as error:
            sap_id = fan.sap_request_id
            raise misshapen_answer(error, target.model, raw.request_id, sap_id, self._log) from error
        count_answer(raw.meter, Usage(response.input_tokens), lambda: len(raw.body) // BYTES_PER_TOKEN)
        return dump_json(answer)

    def _fan_out(
        self,
        raw: RawRequest,
        deployment: Deployment,
        family: EmbeddingFamily | TranscriptionFamily,
        notes: tuple[Diagnostic, ...],
    ) -> FanOut:
        return FanOut(
            deployment,
            family,
            calls=self._calls,
            refusals=self._refusals,
            cancelled=raw.client_gone,
            notes=notes,
        )

    def _target(self, deployment: Deployment, resolution: Resolution) -> Target:
        return Target(
            model=deployment.model,
            public_model=resolution.public_model if resolution.substituted else resolution.requested,
            capabilities=capabilities_of(deployment.model),
            api_version=self._api_versions.get(deployment.model),
            model_version=deployment.model_version,
            modules=self._modules(deployment.model),
        )

    def _headers(self, raw: RawRequest, resolution: Resolution, fan: FanOut) -> dict[str, str]:
        substitute = resolution.public_model if resolution.substituted else None
        return reply_headers(raw.request_id, fan, substitute, self._extra_headers)
