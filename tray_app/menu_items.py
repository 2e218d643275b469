"""What a menu and an icon are made of, as plain values: the words shared by the menu's builder, drawer and actions.

No text for people stands here and nothing of any tray library.
"""

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["ActionId", "IconState", "MenuItem", "build_separator"]


class ActionId(StrEnum):
    """What a click asks for. COPY_CLIENT and COPY_MODEL carry an argument: the client's name, the model's id."""

    START = "start"
    STOP = "stop"
    COPY_URL = "copy_url"
    COPY_KEY = "copy_key"
    COPY_CLIENT = "copy_client"
    REFRESH = "refresh"
    COPY_MODEL = "copy_model"
    OPEN_SETTINGS = "open_settings"
    OPEN_LOGS = "open_logs"
    START_AT_LOGIN = "start_at_login"
    ABOUT = "about"
    QUIT = "quit"


class IconState(StrEnum):
    """The five pictures. WARNING: the proxy runs, but a sub-account fails."""

    STOPPED = "stopped"
    STARTING = "starting"
    RUNNING = "running"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class MenuItem:
    """One row. `action` None: the row only informs or opens its `submenu`. `checked` None: no check mark at all.
    `default`: the row that a double click on the icon runs, at most one. A separator has no other field."""

    label: str = ""
    action: ActionId | None = None
    argument: str | None = None
    enabled: bool = True
    checked: bool | None = None
    default: bool = False
    submenu: tuple["MenuItem", ...] = ()
    separator: bool = False


def build_separator() -> MenuItem:
    return MenuItem(separator=True)
