"""How Windows reads a menu's labels. No I/O and no Windows needed."""

__all__ = ["escape_access_key"]


def escape_access_key(label: str) -> str:
    """An ampersand underlines the next letter and is doubled. Source: Microsoft, "Menu Item Access Keys"."""
    return label.replace("&", "&&")
