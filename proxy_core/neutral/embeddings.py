"""A request for vectors and its answer, independent of any wire format."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from proxy_core.neutral.diagnostics import Diagnostic

__all__ = ["EmbeddingInput", "EmbeddingRequest", "EmbeddingResponse", "InputType", "Vector"]

EmbeddingInput = str | tuple[int, ...]
"""A text, or the ids of its tokens in the model's own vocabulary."""
InputType = Literal["query", "document", "classification", "clustering", "similarity"]
"""What the vectors are for. `document` is what a later `query` shall find."""
Vector = Sequence[float] | str
"""Numbers, or the base64 text of little-endian 32-bit floats."""


@dataclass(frozen=True, slots=True)
class EmbeddingRequest:
    """`inputs` is never empty. `base64` tells that the client wants its vectors in that form. `title` belongs to
    documents, `truncate` says which end of a long text may be cut (`NONE`, `START`, `END`)."""

    model: str
    inputs: tuple[EmbeddingInput, ...]
    base64: bool
    dimensions: int | None = None
    input_type: InputType | None = None
    truncate: str | None = None
    title: str | None = None
    user: str | None = None
    diagnostics: tuple[Diagnostic, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class EmbeddingResponse:
    """`vectors` in the order of the inputs. `input_tokens` counts all of them."""

    vectors: tuple[Vector, ...]
    input_tokens: int
