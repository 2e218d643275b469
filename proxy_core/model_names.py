"""Model names: which differently spelt names mean one model, and what family, version and tier a name tells.

Pure text work. Knows nothing of deployments, settings or what is available. Sources: the vendors' own ids, SAP's
model list (SAP Note 3437766), and the names that Claude Code, Cursor, Bedrock and Vertex clients send.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

__all__ = [
    "Mismatch",
    "ModelKind",
    "ModelName",
    "anthropic_alias",
    "canonical_name",
    "compare_names",
    "display_name",
    "guess_backend_name",
    "parse_model_name",
    "without_editor_suffix",
]

ModelKind = Literal["chat", "embeddings", "transcription", "other"]
"""`other`: rerankers, realtime, image and speaking models, which do none of the three."""
Mismatch = Literal["Family", "Version", "Variant"]

_VENDORS = frozenset({
    "anthropic", "openai", "google", "sap", "sap-ai-core", "ai-core-proxy", "azure", "azure-openai", "amazon",
    "aws", "bedrock", "vertex", "vertex_ai", "gemini", "publishers", "models", "mistral", "mistralai", "meta",
    "cohere", "nvidia", "perplexity", "deepseek-ai",
})  # fmt: skip
_VENDOR_DASHES = re.compile(r"[a-z0-9][a-z0-9-]*?--")
_BEDROCK_PREFIX = re.compile(r"(?:[a-z]{2,6}(?:-gov)?\.)?(?:anthropic|amazon|cohere|meta|mistral)\.(?=[a-z])")
_DATE = re.compile(r"-20\d{2}-?(?:0[1-9]|1[0-2])-?(?:0[1-9]|[12]\d|3[01])(?=-|$)")
_PREVIEW_DATE = re.compile(r"(?<=-preview)-\d\d-\d\d$")
_SHORT_DATE = re.compile(r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])|2\d(?:0[1-9]|1[0-2])")
"""MMDD as in `gpt-4-0613` and YYMM as in `mistral-large-2407`."""
_REVISION = re.compile(r"00\d|v\d+")
_GLUED = re.compile(r"(gpt|chatgpt|claude|gemini|gemma|qwen|llama)(\d{1,2}o?)")
_OTHER_NAMES = {"whisper-1": "whisper"}
"""What OpenAI's own API, and so every client of it, calls a model that has another name in the catalogues.
Source: https://platform.openai.com/docs/models/whisper-1"""
_O_SERIES = re.compile(r"o(\d)")

_CLAUDE_TIERS = ("opus", "sonnet", "haiku", "fable", "mythos", "instant")
_LONGEST = 200
_SMALL = frozenset({"haiku", "mini", "nano", "lite", "micro", "small", "instant"})
_SIZES = {
    "nano": 0, "micro": 0, "mini": 1, "lite": 1, "small": 1, "haiku": 1, "instant": 1, "flash": 2, "medium": 2,
    "sonnet": 3, "turbo": 3, "pro": 4, "large": 4, "premier": 5, "opus": 5, "max": 5,
}  # fmt: skip
_USUAL_SIZE = 3
_VARIANTS = frozenset({
    "opus", "sonnet", "haiku", "fable", "mythos", "instant", "mini", "nano", "lite", "micro", "small", "medium",
    "large", "pro", "premier", "plus", "max", "ultra", "flash", "turbo", "codex", "chat", "image", "realtime",
    "audio", "ada", "luna", "sol", "terra", "coder", "reasoning",
})  # fmt: skip
_FAMILIES_OF_TIERS = frozenset({"claude", "gemini", "nova", "mistral"})
"""Families whose every model has a tier: a name without one leaves it open, while a bare `gpt-5` is a model."""
_EMBEDDING_WORDS = frozenset({"embedding", "embeddings", "embed", "embedqa", "ada"})
_LISTENING_WORDS = frozenset({"transcribe", "whisper"})
_OTHER_WORDS = frozenset({
    "realtime", "image", "tts", "reranker", "rerank", "imagen", "audio", "rpt", "dall",
})  # fmt: skip
_EDITOR_SUFFIX = re.compile(r"-(?:thinking|fast|minimal|low|medium|high|xhigh|max)$")
_FAMILY_VENDORS = {"nova": "amazon--", "titan": "amazon--", "mistral": "mistralai--", "command": "cohere--"}
_KNOWN_FAMILIES = frozenset({
    "claude", "gpt", "o", "gemini", "gemma", "text-embedding", "nova", "titan", "mistral", "command", "sonar",
    "llama", "qwen", "glm", "deepseek", "grok", "sap-abap", "sap-rpt", "granite",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class ModelName:
    """What a name tells. `version` is (4, 5) for 4.5 and empty when the name has none; `edition` is `o` in
    `4o`; `words` is the rest in its order (`("flash", "lite")`)."""

    family: str
    version: tuple[int, ...]
    edition: str
    words: tuple[str, ...]
    kind: ModelKind

    @property
    def canonical(self) -> str:
        """Equal for all spellings of one model."""
        version = self.version
        while self.family == "claude" and len(version) > 1 and version[-1] == 0:
            version = version[:-1]
        return "-".join([self.family, *self.words, *map(str, version)]) + self.edition

    @property
    def tier(self) -> tuple[str, ...]:
        """The words that make a model of a family big, small or special."""
        return tuple(word for word in self.words if word in _VARIANTS)

    @property
    def is_small(self) -> bool:
        return not _SMALL.isdisjoint(self.words)

    @property
    def size(self) -> int:
        """A rank within a family; only the order means something."""
        return min((_SIZES[word] for word in self.words if word in _SIZES), default=_USUAL_SIZE)


def canonical_name(name: str) -> str:
    """One text for all spellings of a model: prefixes, vendor words, dates, `-latest`, `:version`, `[1m]`,
    dots and dashes and the order of tier and number do not matter."""
    return parse_model_name(name).canonical


def parse_model_name(name: str) -> ModelName:
    """Take a name apart. Never fails; an unknown family is its first word. Only the first 200 characters count."""
    return _parse(name[:_LONGEST])


@lru_cache(maxsize=2048)
def _parse(name: str) -> ModelName:
    tokens = _tokens(_bare(name))
    family, tokens = _split_family(tokens)
    version, edition, words = _split_version(tokens)
    return ModelName(family, version, edition, words, _kind(family, words))


def compare_names(configured: str, backend: str) -> Mismatch | None:
    """How a backend model differs from the name it is configured under, in the order family, version, variant.

    A shorter configured version accepts a longer backend one (`4` accepts `4.5`), not the reverse. Context sizes
    and dates are no versions. A configured name of no known family is the user's own and fits everything.
    """
    wanted, found = parse_model_name(configured), parse_model_name(backend)
    if wanted.family not in _KNOWN_FAMILIES or wanted.canonical == found.canonical:
        return None
    if wanted.family != found.family:
        return "Family"
    if wanted.version and (
        found.version[: len(wanted.version)] != wanted.version or found.edition != wanted.edition
    ):
        return "Version"
    if not wanted.tier and wanted.family in _FAMILIES_OF_TIERS:
        return None
    return "Variant" if set(wanted.tier) != set(found.tier) else None


def without_editor_suffix(name: str) -> str | None:
    """The name without the suffixes that Cursor appends (`-thinking`, `-fast`, `-xhigh`); None when it has none."""
    bare = name
    while match := _EDITOR_SUFFIX.search(bare):
        bare = bare[: match.start()]
    return bare if bare and bare != name else None


def anthropic_alias(backend: str) -> str | None:
    """The id under which Anthropic's own clients know a Claude model: `claude-sonnet-4-5`, up to version 3
    `claude-3-5-sonnet`. None for other families and for names without tier or version."""
    name = parse_model_name(backend)
    if name.family != "claude" or not name.version or len(name.words) != 1 or not name.tier:
        return None
    numbers = "-".join(map(str, name.version))
    old = name.version[0] <= 3
    return f"claude-{numbers}-{name.tier[0]}" if old else f"claude-{name.tier[0]}-{numbers}"


def display_name(model: str) -> str:
    """A name for menus: `Claude Sonnet 4.5`; other families keep their id."""
    name = parse_model_name(model)
    if name.family != "claude" or not name.version:
        return model
    words = " ".join(word.capitalize() for word in name.words)
    return " ".join(filter(None, ["Claude", words, ".".join(map(str, name.version))]))


def guess_backend_name(configured: str) -> str:
    """SAP's probable name of the model behind a configured name, for as long as discovery has not told it."""
    name = parse_model_name(configured)
    if name.family == "claude" and name.version and name.words:
        return f"anthropic--claude-{'.'.join(map(str, name.version))}-{'-'.join(name.words)}"
    bare = _bare(configured)
    if name.family == "o":
        bare = bare.removeprefix("gpt-")
    return _FAMILY_VENDORS.get(name.family, "") + bare


def _bare(name: str) -> str:
    text = re.sub(r"\[[^\]]*\]$", "", name.strip().lower())
    while "/" in text:
        head, _, tail = text.partition("/")
        if head not in _VENDORS or not tail:
            break
        text = tail
    text = re.split(r"[:@]", text, maxsplit=1)[0] or text
    text = _VENDOR_DASHES.sub("", text, count=1) if _VENDOR_DASHES.match(text) else text
    text = _BEDROCK_PREFIX.sub("", text, count=1) if _BEDROCK_PREFIX.match(text) else text
    text = _PREVIEW_DATE.sub("", _DATE.sub("", text)).replace("-latest", "")
    return _OTHER_NAMES.get(text, text)


def _tokens(bare: str) -> list[str]:
    first, *others = re.split(r"[-._ ]+", bare.strip("-._ "))
    kept = [token for token in others if not _SHORT_DATE.fullmatch(token)]
    while kept and _REVISION.fullmatch(kept[-1]):
        kept.pop()
    return [part for token in (first, *kept) for part in _unglued(token)]


def _unglued(token: str) -> tuple[str, ...]:
    match = _GLUED.fullmatch(token)
    return match.groups() if match else (token,)


def _split_family(tokens: list[str]) -> tuple[str, list[str]]:
    match tokens:
        case ["gpt", o_series, *rest] if _O_SERIES.fullmatch(o_series):
            return "o", [o_series[1:], *rest]
        case [o_series, *rest] if _O_SERIES.fullmatch(o_series):
            return "o", [o_series[1:], *rest]
        case [("gpt" | "chatgpt"), *rest]:
            return "gpt", _with_dotted_35(rest)
        case [("4o" | "codex"), *_]:
            return "gpt", tokens
        case ["text", "embedding", *rest]:
            return "text-embedding", rest
        case [("mistral" | "mixtral"), *rest]:
            return "mistral", rest if tokens[0] == "mistral" else tokens
        case ["sap", line, *rest]:
            return f"sap-{line}", rest
    if "claude" in tokens or not set(_CLAUDE_TIERS).isdisjoint(tokens):
        return "claude", [word for word in tokens if word != "claude"]
    return tokens[0], tokens[1:]


def _with_dotted_35(tokens: list[str]) -> list[str]:
    """Azure writes `gpt-35-turbo` for 3.5."""
    return ["3", "5", *tokens[1:]] if tokens[:1] == ["35"] else tokens


def _split_version(tokens: list[str]) -> tuple[tuple[int, ...], str, tuple[str, ...]]:
    version: list[int] = []
    edition = ""
    words: list[str] = []
    ended = False
    for token in tokens:
        if not ended and token.isascii() and token.isdigit() and len(token) <= 2:
            version.append(int(token))
        elif not version and re.fullmatch(r"\d{1,2}o", token):
            version, edition, ended = [int(token[:-1])], "o", True
        else:
            ended = bool(version)
            words.append(token)
    return tuple(version), edition, tuple(words)


def _kind(family: str, words: tuple[str, ...]) -> ModelKind:
    every = {family, *words}
    if family == "text-embedding" or not _EMBEDDING_WORDS.isdisjoint(every):
        return "embeddings"
    if not _LISTENING_WORDS.isdisjoint(every):
        return "transcription"
    if family == "sap-rpt" or not _OTHER_WORDS.isdisjoint(every):
        return "other"
    return "chat"
