"""The google-genai package: a chat that calls a tool, whole and streamed. Arguments: address, model, prompt."""

import sys

from google import genai
from google.genai import types
from shell_tool import bash

ADDRESS, MODEL, PROMPT = sys.argv[1:]
client = genai.Client(api_key="sk-demo", http_options=types.HttpOptions(base_url=ADDRESS))
config = types.GenerateContentConfig(tools=[bash])

proof = bash("cat proof.txt").strip()
whole = client.chats.create(model=MODEL, config=config).send_message(PROMPT).text or ""
streamed = "".join(
    piece.text or "" for piece in client.chats.create(model=MODEL, config=config).send_message_stream(PROMPT)
)
assert all(proof in answer for answer in (whole, streamed)), (whole, streamed)
print(whole, streamed)
