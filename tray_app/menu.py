"""From a snapshot to the menu, the icon and the tooltip: all texts and enabled flags are decided here. Pure."""

from collections.abc import Iterator

from proxy_core.client_settings import Client
from tray_app.menu_items import ActionId, IconState, MenuItem, build_separator
from tray_app.snapshot import Problem, ProblemKind, RefreshResult, Snapshot, State
from tray_app.texts import Texts

__all__ = ["build_menu", "describe_problem", "describe_refresh", "describe_status", "icon_state"]

_MODELS_SHOWN = 40
_STATUS_LENGTH = 80
"""Characters. Longer lines make a menu as wide as the screen."""

_ICONS = {
    State.STOPPED: IconState.STOPPED,
    State.STARTING: IconState.STARTING,
    State.RUNNING: IconState.RUNNING,
    State.STOPPING: IconState.STARTING,
    State.FAILED: IconState.ERROR,
}


def build_menu(snapshot: Snapshot, texts: Texts) -> tuple[MenuItem, ...]:
    """The whole menu, top to bottom. The client rows carry a `Client` as argument, the model rows the model's id;
    START with an argument means: on that port."""
    return (
        MenuItem(describe_status(snapshot, texts), enabled=False),
        build_separator(),
        *_switch_rows(snapshot, texts),
        build_separator(),
        MenuItem(texts.copy_url, ActionId.COPY_URL, enabled=bool(snapshot.base_url)),
        MenuItem(texts.copy_key, ActionId.COPY_KEY),
        MenuItem(texts.copy_settings, submenu=_client_rows(texts), enabled=bool(snapshot.base_url)),
        build_separator(),
        _refresh_row(snapshot, texts),
        MenuItem(texts.models, submenu=_model_rows(snapshot, texts), enabled=bool(snapshot.models)),
        build_separator(),
        MenuItem(texts.open_settings, ActionId.OPEN_SETTINGS, default=True),
        MenuItem(texts.open_logs, ActionId.OPEN_LOGS),
        MenuItem(texts.start_at_login, ActionId.START_AT_LOGIN, checked=snapshot.start_at_login),
        build_separator(),
        MenuItem(texts.about.format(version=snapshot.version), ActionId.ABOUT),
        MenuItem(texts.quit, ActionId.QUIT),
    )


def icon_state(snapshot: Snapshot) -> IconState:
    """Which of the pictures. A program that waits for its first account has a warning, not an error."""
    if snapshot.state is State.RUNNING and snapshot.failing_accounts:
        return IconState.WARNING
    if snapshot.state is State.FAILED and snapshot.problem and snapshot.problem.kind is ProblemKind.NO_ACCOUNT:
        return IconState.WARNING
    return _ICONS[snapshot.state]


def describe_status(snapshot: Snapshot, texts: Texts) -> str:
    """One line, such as `Running on 127.0.0.1:3001 · 7 models`; also the tooltip and the page's status."""
    if snapshot.state is State.RUNNING:
        text = _describe_running(snapshot, texts)
    elif snapshot.state is State.FAILED and snapshot.problem:
        text = describe_problem(snapshot.problem, texts)
    else:
        text = texts.states[snapshot.state]
    return _shortened(f"{texts.demo}: {text}" if snapshot.demo else text)


def describe_problem(problem: Problem, texts: Texts) -> str:
    """What happened, without advice."""
    return texts.problems[problem.kind].format(port=problem.port, holder=problem.holder or texts.port_holder)


def describe_refresh(result: RefreshResult, texts: Texts) -> str:
    """`7 models, 1 new`."""
    parts = [_count_models(result.models, texts)]
    if result.new:
        parts.append(texts.new_models.format(count=result.new))
    if result.gone:
        parts.append(texts.gone_models.format(count=result.gone))
    return ", ".join(parts)


def _describe_running(snapshot: Snapshot, texts: Texts) -> str:
    address = snapshot.base_url.partition("://")[2]
    text = texts.running_on.format(address=address, models=_count_models(snapshot.model_count, texts))
    return " · ".join([text, *_troubles(snapshot, texts)])


def _troubles(snapshot: Snapshot, texts: Texts) -> Iterator[str]:
    match snapshot.failing_accounts:
        case ():
            pass
        case (account,):
            yield texts.one_failing_account.format(name=account.name)
        case accounts:
            yield texts.failing_accounts.format(count=len(accounts))
    match snapshot.limited:
        case ():
            pass
        case (name,):
            yield texts.one_limited_model.format(name=name)
        case names:
            yield texts.limited_models.format(count=len(names))


def _count_models(count: int, texts: Texts) -> str:
    match count:
        case 0:
            return texts.no_model
        case 1:
            return texts.one_model
        case _:
            return texts.some_models.format(count=count)


def _switch_rows(snapshot: Snapshot, texts: Texts) -> tuple[MenuItem, ...]:
    if snapshot.state in (State.STARTING, State.RUNNING):
        return (MenuItem(texts.stop, ActionId.STOP),)
    start = MenuItem(texts.start, ActionId.START, enabled=snapshot.state is not State.STOPPING)
    free = snapshot.problem.free_port if snapshot.problem else None
    if snapshot.state is not State.FAILED or free is None:
        return (start,)
    return (start, MenuItem(texts.start_on_port.format(port=free), ActionId.START, str(free)))


def _client_rows(texts: Texts) -> tuple[MenuItem, ...]:
    return tuple(MenuItem(texts.clients[client], ActionId.COPY_CLIENT, client.value) for client in Client)


def _refresh_row(snapshot: Snapshot, texts: Texts) -> MenuItem:
    label = texts.refresh
    if snapshot.refreshing:
        label = texts.refreshing
    elif snapshot.last_refresh is not None:
        label = texts.refreshed.format(result=describe_refresh(snapshot.last_refresh, texts))
    return MenuItem(label, ActionId.REFRESH, enabled=snapshot.state is State.RUNNING and not snapshot.refreshing)


def _model_rows(snapshot: Snapshot, texts: Texts) -> tuple[MenuItem, ...]:
    rows = [MenuItem(name, ActionId.COPY_MODEL, name) for name in snapshot.models[:_MODELS_SHOWN]]
    more = len(snapshot.models) - len(rows)
    if more > 0:
        rows.append(MenuItem(texts.more_models.format(count=more), ActionId.OPEN_SETTINGS))
    return tuple(rows)


def _shortened(text: str) -> str:
    return text if len(text) <= _STATUS_LENGTH else text[: _STATUS_LENGTH - 1] + "…"
