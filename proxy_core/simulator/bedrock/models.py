"""What the simulated Bedrock models accept: limits, thinking style and wire names, after SAP's model list."""

import re
from dataclasses import dataclass
from typing import Literal

__all__ = ["BedrockModel", "bedrock_model", "is_claude"]

Thinking = Literal["none", "budget", "both", "adaptive"]


@dataclass(frozen=True, slots=True)
class BedrockModel:
    """`generation` is (major, minor), (0, 0) for Nova. `thinking`: `both` takes a budget and adaptive."""

    wire_name: str
    generation: tuple[int, int]
    max_output: int
    context: int
    thinking: Thinking = "none"

    @property
    def effort(self) -> bool:
        """Takes `output_config.effort`."""
        return self.generation >= (4, 6)

    @property
    def sampling(self) -> bool:
        """Takes temperature, top_p and top_k."""
        return self.generation < (4, 7)

    @property
    def one_of_temperature_and_top_p(self) -> bool:
        return self.generation >= (4, 5)

    @property
    def prefill(self) -> bool:
        return self.generation < (4, 6)


_DATES = {
    (3, 0): "20240307",
    (3, 5): "20241022",
    (3, 7): "20250219",
    (4, 0): "20250514",
    (4, 5): "20250929",
}
_NOVA = {
    "nova-pro": (8192, 300_000),
    "nova-lite": (64_000, 1_000_000),
    "nova-micro": (8192, 128_000),
    "nova-premier": (32_000, 1_000_000),
}


def is_claude(model: str) -> bool:
    return "claude" in model


def bedrock_model(model: str) -> BedrockModel:
    """Facts of a model by its SAP name; an unknown name is taken for the newest kind."""
    if not is_claude(model):
        limits = next((limits for name, limits in _NOVA.items() if name in model), (8192, 128_000))
        return BedrockModel(model.replace("amazon--", "amazon."), (0, 0), *limits)
    generation = _generation(model)
    tier = next((name for name in ("haiku", "sonnet", "opus") if name in model), "sonnet")
    thinking = _thinking(generation)
    return BedrockModel(
        _wire_name(generation, tier), generation, _max_output(generation, tier), _context(generation), thinking
    )


def _generation(model: str) -> tuple[int, int]:
    found = re.search(r"(\d+)(?:[.-](\d)(?!\d))?", model)
    return (int(found[1]), int(found[2] or 0)) if found else (9, 0)


def _thinking(generation: tuple[int, int]) -> Thinking:
    if generation < (3, 7):
        return "none"
    if generation < (4, 6):
        return "budget"
    return "both" if generation == (4, 6) else "adaptive"


def _max_output(generation: tuple[int, int], tier: str) -> int:
    if generation < (3, 5):
        return 4096
    if generation < (3, 7):
        return 8192
    if tier == "opus":
        return 32_000 if generation < (4, 5) else 64_000 if generation < (4, 6) else 128_000
    return 64_000 if generation < (4, 7) else 128_000


def _context(generation: tuple[int, int]) -> int:
    return 200_000 if generation < (4, 6) else 1_000_000


def _wire_name(generation: tuple[int, int], tier: str) -> str:
    major, minor = generation
    date = _DATES.get(generation)
    if generation < (4, 0):
        return "-".join(["claude", str(major), *([str(minor)] if minor else []), tier, *([date] if date else [])])
    return "-".join(["claude", tier, str(major), *([str(minor)] if minor else []), *([date] if date else [])])
