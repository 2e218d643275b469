"""What the simulated Gemini models accept: generation, thinking budgets and limits."""

import re
from dataclasses import dataclass

__all__ = ["GeminiModel", "gemini_model"]

_BUDGETS = {"flash-lite": (512, 24_576), "flash": (1, 24_576), "pro": (128, 32_768)}


@dataclass(frozen=True, slots=True)
class GeminiModel:
    """`budget` is the range of `thinkingBudget`; beside it -1 is taken, and 0 where thinking can be off."""

    name: str
    generation: tuple[int, int]
    budget: tuple[int, int]
    max_output: int = 65_536
    context: int = 1_048_576

    @property
    def thinks(self) -> bool:
        return self.generation >= (2, 5)

    @property
    def thinking_can_be_off(self) -> bool:
        return self.generation < (3, 0) and "pro" not in self.name

    @property
    def has_levels(self) -> bool:
        """Takes `thinkingLevel`, signs every step, and mixes tools with JSON output."""
        return self.generation >= (3, 0)


def gemini_model(name: str) -> GeminiModel:
    found = re.search(r"(\d+)\.?(\d+)?", name)
    generation = (int(found[1]), int(found[2] or 0)) if found else (3, 0)
    tier = next((tier for tier in _BUDGETS if tier in name), "flash")
    return GeminiModel(name, generation, _BUDGETS[tier])
