"""What each Azure OpenAI model takes. Data, and look-ups in it."""

import re
from dataclasses import dataclass

from proxy_core.simulator.demo_models import model_facts

__all__ = ["AzureModel", "azure_model"]


@dataclass(frozen=True, slots=True)
class AzureModel:
    """`efforts` is empty for models that do not reason; `default_effort` applies when none is asked."""

    name: str
    reported: str
    context: int
    output: int
    efforts: tuple[str, ...] = ()
    default_effort: str = "none"
    chat: bool = True
    embeds: bool = False
    tools_with_effort: bool = True

    @property
    def reasons(self) -> bool:
        return bool(self.efforts)


def azure_model(name: str) -> AzureModel:
    facts = model_facts(name)
    efforts, default = efforts_of(name)
    dated = f"{name}-{facts.version}" + ("-dz-std" if name.startswith("gpt-5") else "")
    embeds = facts.capability == "embeddings"
    return AzureModel(
        name=name,
        reported=dated,
        context=facts.context,
        output=facts.output,
        efforts=efforts,
        default_effort=default,
        chat=not embeds and "codex" not in name,
        embeds=embeds,
        tools_with_effort=gpt_minor(name) < 4,
    )


def gpt_minor(name: str) -> int:
    """5 for gpt-5.5; 0 for gpt-5 and other names."""
    found = re.match(r"gpt-5\.(\d+)", name)
    return int(found[1]) if found else 0


def efforts_of(name: str) -> tuple[tuple[str, ...], str]:
    """The efforts a model knows, and its default."""
    minor = gpt_minor(name)
    if re.match(r"o\d", name):
        return ("low", "medium", "high"), "medium"
    if not name.startswith("gpt-5"):
        return (), "none"
    if minor == 0:
        return ("minimal", "low", "medium", "high"), "medium"
    return ("none", "low", "medium", "high", *(["xhigh"] if minor >= 2 else [])), "none"
