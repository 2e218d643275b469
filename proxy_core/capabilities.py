"""What each model accepts, where SAP's catalogue does not say it.

Sources: the vendors' model pages and recorded refusals of the real service. The catalogue of the
sub-account wins where it knows better, and a field that a model refuses is learnt while running.
"""

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

__all__ = ["Capabilities", "ThinkingStyle", "capabilities_of"]

ThinkingStyle = Literal["none", "budget", "adaptive_or_budget", "adaptive", "effort", "level"]
"""`budget`: Claude up to 4.5 and Gemini 2.5; `adaptive_or_budget`: Claude 4.6; `adaptive`: Claude 4.7 and
later; `effort`: OpenAI reasoning models; `level`: Gemini 3."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """`max_output_tokens` and `context_tokens` are None where nobody knows them. `efforts` lists the
    accepted words in rising order."""

    thinking: ThinkingStyle = "none"
    efforts: tuple[str, ...] = ()
    budget_range: tuple[int, int] | None = None
    smallest_budget: int = 0
    """The smallest budget above zero, where zero switches thinking off."""
    max_output_tokens: int | None = None
    context_tokens: int | None = None
    sampling: bool = True
    """Accepts temperature and top_p."""
    temperature_with_top_p: bool = True
    prefill: bool = True
    """A conversation may end with an assistant message."""
    images: bool = True
    documents: bool = False
    images_in_tool_results: bool = False
    tools: bool = True
    tools_with_effort: bool = True
    """Accepts tools and reasoning effort together on the chat path."""
    chat: bool = True
    """Has a chat path; without one, the model of OpenAI is reached by the Responses API alone."""
    tools_with_json_output: bool = True
    json_schema: bool = True
    """Takes tool and output schemas as JSON Schema, not in a dialect of its own."""


_CLAUDE_BUDGET = Capabilities(
    thinking="budget",
    budget_range=(1024, 63_999),
    max_output_tokens=64_000,
    context_tokens=200_000,
    documents=True,
    images_in_tool_results=True,
)
_EFFORTS_CLAUDE = ("low", "medium", "high", "xhigh", "max")
_GEMINI_2 = Capabilities(
    thinking="budget",
    budget_range=(0, 24_576),
    max_output_tokens=65_536,
    context_tokens=1_048_576,
    documents=True,
    tools_with_json_output=False,
)
_GEMINI_3 = Capabilities(
    thinking="level",
    efforts=("minimal", "low", "medium", "high"),
    max_output_tokens=65_536,
    context_tokens=1_048_576,
    documents=True,
    images_in_tool_results=True,
)
_GPT_5 = Capabilities(
    thinking="effort",
    efforts=("minimal", "low", "medium", "high"),
    max_output_tokens=128_000,
    context_tokens=400_000,
    sampling=False,
)


def _claude(
    thinking: ThinkingStyle, maximum: int, context: int, *, sampling: bool = True, prefill: bool = True
) -> Capabilities:
    return Capabilities(
        thinking=thinking,
        efforts=_EFFORTS_CLAUDE if thinking.startswith("adaptive") else (),
        budget_range=(1024, maximum - 1) if "budget" in thinking else None,
        max_output_tokens=maximum,
        context_tokens=context,
        sampling=sampling,
        temperature_with_top_p=False,
        prefill=prefill,
        documents=True,
        images_in_tool_results=True,
    )


def _gpt(efforts: tuple[str, ...], context: int, *, tools_with_effort: bool = True) -> Capabilities:
    return Capabilities(
        thinking="effort",
        efforts=efforts,
        max_output_tokens=128_000,
        context_tokens=context,
        sampling=False,
        tools_with_effort=tools_with_effort,
    )


_TABLE: tuple[tuple[str, Capabilities], ...] = (
    (r"claude-3-haiku", Capabilities(max_output_tokens=4096, context_tokens=200_000, documents=True,
                                     images_in_tool_results=True)),
    (r"claude-3(-|\.)?(5|\.5)?-?(sonnet|opus|haiku)", Capabilities(
        max_output_tokens=8192, context_tokens=200_000, documents=True, images_in_tool_results=True)),
    (r"claude-(4-opus|opus-4$)", _claude("budget", 32_000, 200_000)),
    (r"claude-(3[.-]7-sonnet|4-sonnet|sonnet-4$)", _CLAUDE_BUDGET),
    (r"claude-(4[.-]5-\w+|\w+-4[.-]5)", _claude("budget", 64_000, 200_000)),
    (r"claude-(4[.-]6-sonnet|sonnet-4[.-]6)", _claude("adaptive_or_budget", 64_000, 1_000_000, prefill=False)),
    (r"claude-(4[.-]6-\w+|\w+-4[.-]6)", _claude("adaptive_or_budget", 128_000, 1_000_000, prefill=False)),
    (r"claude", _claude("adaptive", 128_000, 1_000_000, sampling=False, prefill=False)),
    (r"gemini-2\.5-pro", Capabilities(
        thinking="budget", budget_range=(128, 32_768), max_output_tokens=65_536, context_tokens=1_048_576,
        documents=True, tools_with_json_output=False)),
    (r"gemini-2\.5-flash-lite", replace(_GEMINI_2, smallest_budget=512)),
    (r"gemini-2\.5", _GEMINI_2),
    (r"gemini-[12]", replace(_GEMINI_2, thinking="none", budget_range=None, json_schema=False)),
    (r"gemini-\d.*-pro", replace(_GEMINI_3, efforts=("low", "medium", "high"))),
    (r"gemini", _GEMINI_3),
    (r"^o\d", Capabilities(
        thinking="effort", efforts=("low", "medium", "high"), max_output_tokens=100_000,
        context_tokens=200_000, sampling=False)),
    (r"gpt-5.*-codex", replace(_gpt(("low", "medium", "high", "xhigh"), 400_000), chat=False)),
    (r"gpt-5\.[4-9]", _gpt(("none", "low", "medium", "high", "xhigh"), 1_050_000, tools_with_effort=False)),
    (r"gpt-5\.[23]", _gpt(("none", "low", "medium", "high", "xhigh"), 400_000)),
    (r"gpt-5\.1", _gpt(("none", "low", "medium", "high"), 400_000)),
    (r"gpt-5(-(mini|nano))?($|-\d{4})", _GPT_5),
    (r"gpt-(5|[6-9]|\d\d)", _gpt(("none", "low", "medium", "high", "xhigh"), 1_050_000, tools_with_effort=False)),
    (r"gpt-4\.1", Capabilities(max_output_tokens=32_768, context_tokens=1_047_576)),
    (r"gpt-4o", Capabilities(max_output_tokens=16_384, context_tokens=128_000)),
    (r"nova-lite", Capabilities(
        thinking="effort", efforts=("low", "medium", "high"), max_output_tokens=64_000, context_tokens=1_000_000,
        documents=True, images_in_tool_results=True)),
    (r"nova-pro", Capabilities(
        max_output_tokens=8192, context_tokens=300_000, documents=True, images_in_tool_results=True)),
    (r"nova-premier", Capabilities(
        max_output_tokens=32_000, context_tokens=1_000_000, documents=True, images_in_tool_results=True)),
    (r"nova", Capabilities(max_output_tokens=8192, context_tokens=128_000, images=False)),
    (r"mistralai--mistral-medium$", Capabilities(context_tokens=262_000)),
    (r"mistral-large", Capabilities(context_tokens=128_000, images=False)),
    (r"mistral", Capabilities(context_tokens=128_000)),
    (r"command-a", Capabilities(
        thinking="budget", budget_range=(1, 31_000), max_output_tokens=32_000, context_tokens=256_000,
        images=False)),
    (r"cohere--", Capabilities(context_tokens=128_000, images=False)),
    (r"sonar-deep", Capabilities(
        thinking="effort", efforts=("low", "medium", "high"), context_tokens=128_000, tools=False)),
    (r"sonar-pro", Capabilities(context_tokens=200_000, tools=False)),
    (r"sonar", Capabilities(context_tokens=128_000, tools=False)),
    (r"sap-abap", Capabilities(max_output_tokens=4096, context_tokens=32_000, images=False)),
    (r"^zai--glm|^glm", Capabilities(context_tokens=128_000)),
)  # fmt: skip
_PATTERNS = tuple((re.compile(pattern), capabilities) for pattern, capabilities in _TABLE)


@lru_cache(maxsize=1024)
def capabilities_of(model: str) -> Capabilities:
    """What is known of a model by its SAP name; cautious defaults for an unknown one."""
    name = model.lower()
    for pattern, capabilities in _PATTERNS:
        if pattern.search(name):
            return capabilities
    return Capabilities()
