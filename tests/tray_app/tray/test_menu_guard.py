"""A menu that is open is not torn away."""

from tray_app.tray.menu_guard import MenuGuard


def test_closed_menu_is_rebuilt_at_once() -> None:
    rebuilt: list[int] = []
    MenuGuard(lambda: rebuilt.append(1)).update()

    assert rebuilt == [1]


def test_open_menu_is_rebuilt_once_when_it_closes() -> None:
    rebuilt: list[int] = []
    guard = MenuGuard(lambda: rebuilt.append(1))

    with guard.opened():
        guard.update()
        guard.update()
        while_open = list(rebuilt)

    assert (while_open, rebuilt) == ([], [1])


def test_unchanged_menu_stays_when_it_closes() -> None:
    rebuilt: list[int] = []
    with MenuGuard(lambda: rebuilt.append(1)).opened():
        pass

    assert not rebuilt
