"""The words of the settings page, from `page/texts.json`: each by its key, in English and German."""

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

__all__ = ["LANGUAGES", "PageTexts"]

LANGUAGES = ("en", "de")


class PageTexts:
    """Reads the file once. A text of the findings of a key check exists in German only: the English one comes with
    the finding itself."""

    def __init__(self) -> None:
        path = files("proxy_core.admin").joinpath("page", "texts.json")
        self.entries: Mapping[str, Mapping[str, Any]] = json.loads(path.read_text(encoding="utf-8"))

    def in_language(self, language: str) -> dict[str, str]:
        """Texts by key; `{name}` in them stands for a value."""
        return {key: texts[language] for key, texts in self.entries.items() if language in texts}
