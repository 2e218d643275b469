"""What the settings page says of the proxy's state and of what was taken over. Pure."""

from proxy_core.settings.import_config import Imported
from tray_app.menu import describe_problem, describe_status
from tray_app.snapshot import Problem, Snapshot, State
from tray_app.texts import Texts

__all__ = ["describe_import", "describe_port_in_use", "describe_state"]


def describe_state(snapshot: Snapshot, texts: Texts) -> str:
    """The status line, and for a failure what is known of it and what to do. Never says to open the page."""
    problem = snapshot.problem
    if snapshot.state is not State.FAILED or problem is None:
        return describe_status(snapshot, texts)
    if problem.port is not None:
        return describe_port_in_use(problem, texts)
    parts = [describe_problem(problem, texts), problem.detail, texts.page_advice.get(problem.kind, "")]
    return " ".join(part if part.endswith(".") else f"{part}." for part in parts if part)


def describe_port_in_use(problem: Problem, texts: Texts) -> str:
    """`Port 3001 is used by python. Port 3002 is free.`"""
    text = describe_problem(problem, texts) + "."
    if problem.free_port is None:
        return text
    return f"{text} {texts.free_port.format(port=problem.free_port)}"


def describe_import(taken: Imported, sentence: str, texts: Texts) -> str:
    """`sentence` has a gap `{what}`; the import's warnings follow it."""
    parts = [
        _counted(len(taken.accounts), texts.one_account, texts.some_accounts),
        _counted(taken.api_keys, texts.one_api_key, texts.some_api_keys),
        ", ".join(taken.settings),
    ]
    what = ", ".join(part for part in parts if part) or texts.imported_nothing
    return " ".join([sentence.format(what=what), *taken.warnings])


def _counted(count: int, one: str, some: str) -> str:
    return "" if not count else one if count == 1 else some.format(count=count)
