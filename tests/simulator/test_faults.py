import http.client
import json
import time
from typing import Literal

import pytest

from proxy_core.simulator.fault_bodies import BODIES
from proxy_core.simulator.faults import ANY_DEPLOYMENT, LM_API, TOKEN_ENDPOINT, Fault
from tests.simulator.caller import API_VERSION, Caller

ASK = "[[sim: say Grüße, 日本 and 🙂 to all]]"


def strike(caller: Caller, *faults: Fault, model: str = "gpt-4o") -> None:
    caller.simulator.world.faults.set(caller.deployment(model).id, *faults)


def raw_stream(caller: Caller) -> list[bytes]:
    """The HTTP chunks of a stream as they came."""
    connection = caller.connection()
    body = json.dumps({"messages": [{"role": "user", "content": ASK}], "stream": True})
    connection.request("POST", caller.path("gpt-4o", f"/chat/completions{API_VERSION}"), body, caller.headers())
    answer = connection.getresponse()
    chunks: list[bytes] = []
    while size := int(answer.fp.readline(), 16):
        chunks.append(answer.fp.read(size))
        answer.fp.readline()
    connection.close()
    return chunks


def spoken(content: bytes) -> str:
    frames = [line[6:] for line in content.decode().replace("\r\n", "\n").split("\n") if line.startswith("data: {")]
    choices = [choice for frame in frames for choice in json.loads(frame)["choices"]]
    return "".join(choice["delta"].get("content") or "" for choice in choices)


@pytest.mark.parametrize("form", sorted(BODIES))
def test_status_fault_has_every_body_form(caller: Caller, form: str) -> None:
    strike(caller, Fault("status", status=429, body=form))

    assert caller.chat("gpt-4o", "hi").status == 429


def test_retry_after_is_sent_when_given(caller: Caller) -> None:
    strike(caller, Fault("status", retry_after="7"))

    assert caller.chat("gpt-4o", "hi").headers["retry-after"] == "7"


def test_retry_after_is_absent_otherwise(caller: Caller) -> None:
    strike(caller, Fault("status"))

    assert "retry-after" not in caller.chat("gpt-4o", "hi").headers


def test_family_body_is_the_families_own(caller: Caller) -> None:
    strike(caller, Fault("status", status=503), model="anthropic--claude-4.5-haiku")

    got = caller.infer("anthropic--claude-4.5-haiku", "/invoke", {})

    assert got.json == {"message": "Bedrock is unable to process your request."}
    assert got.headers["x-amzn-errortype"].startswith("ServiceUnavailableException")


def test_gateway_text_is_plain(caller: Caller) -> None:
    strike(caller, Fault("status", status=503, body="text"))

    assert caller.chat("gpt-4o", "hi").text.startswith("upstream connect error or disconnect/reset before headers")


def test_own_text_is_sent_as_it_is(caller: Caller) -> None:
    strike(caller, Fault("status", status=418, text="teapot"))

    assert (caller.chat("gpt-4o", "hi").status, caller.chat("gpt-4o", "hi").text) == (418, "teapot")


def test_fault_ends_after_its_times(caller: Caller) -> None:
    strike(caller, Fault("status", times=2))

    assert [caller.chat("gpt-4o", "hi").status for _ in range(3)] == [429, 429, 200]


def test_fault_with_a_path_spares_other_paths(caller: Caller) -> None:
    strike(caller, Fault("status", path="/responses"), model="gpt-5")

    assert caller.chat("gpt-5", "hi").status == 200
    assert caller.infer("gpt-5", "/responses", {"input": "hi"}).status == 429


def test_fault_of_any_deployment_strikes_all(caller: Caller) -> None:
    caller.simulator.world.faults.set(ANY_DEPLOYMENT, Fault("status", status=500))

    assert caller.chat("gpt-4o", "hi").status == 500
    assert caller.chat("gpt-5", "hi").status == 500


def test_reset_comes_before_the_headers(caller: Caller) -> None:
    strike(caller, Fault("reset"))

    with pytest.raises(ConnectionResetError):
        caller.chat("gpt-4o", "hi")


def test_reset_comes_within_the_stream(caller: Caller) -> None:
    strike(caller, Fault("reset", after_frames=2))

    with pytest.raises(ConnectionResetError):
        caller.chat("gpt-4o", ASK, stream=True)


def test_dropped_stream_has_no_end(caller: Caller) -> None:
    strike(caller, Fault("drop", after_frames=3))

    with pytest.raises(http.client.IncompleteRead) as caught:
        caller.chat("gpt-4o", ASK, stream=True)

    assert caught.value.partial.count(b"data: ") == 3


def test_ended_stream_has_no_terminal_event(caller: Caller) -> None:
    strike(caller, Fault("end", after_frames=3))

    got = caller.chat("gpt-4o", ASK, stream=True)

    assert len(got.events) == 3
    assert "[DONE]" not in got.events


@pytest.mark.parametrize("where", ["headers", "first", "middle"])
def test_stall_is_silent_for_its_time(caller: Caller, where: Literal["headers", "first", "middle"]) -> None:
    strike(caller, Fault("stall", seconds=0.3, where=where, after_frames=2))
    started = time.monotonic()

    got = caller.chat("gpt-4o", ASK, stream=True)

    assert time.monotonic() - started >= 0.3
    assert got.events[-1] == "[DONE]"


def test_stop_ends_a_stall_at_once(caller: Caller) -> None:
    strike(caller, Fault("stall", seconds=60, where="middle", after_frames=1))
    connection = caller.connection()
    body = json.dumps({"messages": [{"role": "user", "content": ASK}], "stream": True})
    connection.request("POST", caller.path("gpt-4o", f"/chat/completions{API_VERSION}"), body, caller.headers())
    connection.getresponse()
    started = time.monotonic()

    caller.simulator.stop()

    assert time.monotonic() - started < 3
    connection.close()


def test_throttling_after_200_in_chat_form(caller: Caller) -> None:
    strike(caller, Fault("throttle"))

    got = caller.chat("gpt-4o", ASK, stream=True)

    assert got.status == 200
    assert got.events == [{"error": {"code": "429", "message": "exceeded token rate limit"}}]


def test_throttling_in_the_middle_follows_content(caller: Caller) -> None:
    strike(caller, Fault("throttle", after_frames=4))

    events = caller.chat("gpt-4o", ASK, stream=True).events

    assert len(events) == 5
    assert "error" in events[-1]


def test_throttling_of_responses_is_created_failed_error(caller: Caller) -> None:
    strike(caller, Fault("throttle"), model="gpt-5")

    events = caller.infer("gpt-5", "/responses", {"input": "hi", "stream": True}).events

    assert [event["type"] for event in events] == ["response.created", "response.failed", "error"]
    assert events[1]["response"]["error"] is None
    assert events[2]["error"]["code"] == "too_many_requests"


def test_throttling_of_claude_is_an_error_event(caller: Caller) -> None:
    model = "anthropic--claude-4.5-haiku"
    strike(caller, Fault("throttle"), model=model)
    body = {
        "anthropic_version": "bedrock-2023-05-31",
        "max_tokens": 50,
        "messages": [{"role": "user", "content": "hi"}],
    }

    events = caller.infer(model, "/invoke-with-response-stream", body).events

    assert events == [{"type": "error", "message": "ThrottlingException: Rate exceeded"}]


def test_throttling_of_gemini_is_an_error_frame(caller: Caller) -> None:
    strike(caller, Fault("throttle"), model="gemini-2.5-flash")
    body = {"contents": [{"role": "user", "parts": [{"text": "hi"}]}]}

    events = caller.infer("gemini-2.5-flash", "/models/gemini-2.5-flash:streamGenerateContent", body).events

    assert events[0]["error"]["status"] == "RESOURCE_EXHAUSTED"


def test_split_frames_keep_their_text(caller: Caller) -> None:
    strike(caller, Fault("split"))

    chunks = raw_stream(caller)

    assert {len(chunk) for chunk in chunks} <= {1, 2, 3, 5, 7, 4, 6}
    assert any(chunk[0] & 0xC0 == 0x80 for chunk in chunks), "no chunk begins inside a character"
    assert spoken(b"".join(chunks)) == "Grüße, 日本 and 🙂 to all"


def test_merged_frames_share_a_segment(caller: Caller) -> None:
    strike(caller, Fault("merge"))

    chunks = raw_stream(caller)

    assert chunks[0].count(b"data: ") == 4
    assert spoken(b"".join(chunks)) == "Grüße, 日本 and 🙂 to all"


def test_line_ends_can_be_crlf(caller: Caller) -> None:
    strike(caller, Fault("crlf"))

    chunks = raw_stream(caller)

    assert all(chunk.endswith(b"\r\n\r\n") for chunk in chunks)


def test_each_frame_is_one_chunk(caller: Caller) -> None:
    assert all(chunk.count(b"data: ") == 1 and chunk.endswith(b"\n\n") for chunk in raw_stream(caller))


def test_faults_are_set_over_http(caller: Caller) -> None:
    fault = {"kind": "status", "status": 502, "times": 1}
    got = caller.send(
        "POST", "/simulator/faults", {"deployment": caller.deployment("gpt-4o").id, "faults": [fault]}
    )

    assert got.status == 200
    assert [caller.chat("gpt-4o", "hi").status for _ in range(2)] == [502, 200]


def test_faults_are_cleared_over_http(caller: Caller) -> None:
    strike(caller, Fault("status"))

    caller.send("DELETE", "/simulator/faults")

    assert caller.chat("gpt-4o", "hi").status == 200


@pytest.mark.parametrize("body", [b"{", [], {"deployment": "*", "faults": [{"kind": "x"}]}])
def test_wrong_faults_are_refused(caller: Caller, body: object) -> None:
    assert caller.send("POST", "/simulator/faults", body).status == 400


def test_unknown_fault_fields_are_named(caller: Caller) -> None:
    body = {"deployment": "*", "faults": [{"kind": "reset", "sleep": 1}]}

    assert "sleep" in caller.send("POST", "/simulator/faults", body).json["error"]


def test_token_endpoint_can_answer_html(caller: Caller) -> None:
    caller.simulator.world.faults.set(TOKEN_ENDPOINT, Fault("status", status=500, body="html"))

    got = caller.ask_token(grant_type="client_credentials")

    assert (got.status, got.headers["content-type"]) == (500, "text/html")


def test_lm_api_can_fail_once(caller: Caller) -> None:
    caller.simulator.world.faults.set(LM_API, Fault("status", status=503, times=1))

    assert [caller.lm("/lm/deployments").status for _ in range(2)] == [503, 200]


def test_fault_of_any_deployment_spares_the_token_endpoint(caller: Caller) -> None:
    caller.simulator.world.faults.set(ANY_DEPLOYMENT, Fault("status", status=500))

    assert caller.token()


def test_throttling_of_the_event_stream_is_an_exception_message(caller: Caller) -> None:
    model = "anthropic--claude-4.5-haiku"
    strike(caller, Fault("throttle"), model=model)
    body = {
        "anthropic_version": "bedrock-2023-05-31",
        "max_tokens": 50,
        "messages": [{"role": "user", "content": "hi"}],
    }

    got = caller.infer(model, "/invoke-with-response-stream", body, Accept="application/vnd.amazon.eventstream")

    assert b":exception-type" in got.content
    assert b"throttlingException" in got.content
