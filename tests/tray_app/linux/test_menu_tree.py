"""Numbers of menu rows and what is told of a change."""

from tray_app.linux.menu_tree import ROOT, MenuRow, MenuTree

SEPARATOR = MenuRow("separator", separator=True)


def test_equal_menus_differ_in_nothing() -> None:
    tree = MenuTree()
    tree.replace((MenuRow("a", "A"), SEPARATOR, MenuRow("b", "B")))

    change = tree.replace((MenuRow("a", "A"), SEPARATOR, MenuRow("b", "B")))

    assert (change.updated, change.removed, change.relaid) == ({}, {}, ())


def test_new_row_relays_its_parent_alone() -> None:
    tree = MenuTree()
    tree.replace((MenuRow("menu", "M", children=(MenuRow("x", "X"),)),))
    (menu,) = tree.nodes[ROOT].children

    change = tree.replace((MenuRow("menu", "M", children=(MenuRow("x", "X"), MenuRow("y", "Y"))),))

    assert change.relaid == (menu,)


def test_lost_check_mark_is_told_as_removed() -> None:
    tree = MenuTree()
    tree.replace((MenuRow("a", "A", checked=True),))
    (number,) = tree.nodes[ROOT].children

    change = tree.replace((MenuRow("a", "A"),))

    assert change.removed == {number: ["toggle-type", "toggle-state"]}


def test_returning_row_has_its_number_again() -> None:
    tree = MenuTree()
    tree.replace((MenuRow("a", "A"),))
    first = tree.nodes[ROOT].children
    tree.replace((MenuRow("b", "B"),))
    other = tree.nodes[ROOT].children
    tree.replace((MenuRow("a", "A"),))

    assert tree.nodes[ROOT].children == first
    assert other != first


def test_rows_of_one_key_get_numbers_of_their_own() -> None:
    tree = MenuTree()
    tree.replace((SEPARATOR, SEPARATOR, MenuRow("menu", "M", children=(SEPARATOR,))))

    assert len(tree.nodes) == 5


def test_moved_rows_count_the_revision_up() -> None:
    tree = MenuTree()
    tree.replace((MenuRow("a", "A"), MenuRow("b", "B")))
    before = tree.revision

    tree.replace((MenuRow("b", "B"), MenuRow("a", "A")))

    assert tree.revision == before + 1


def test_changed_label_leaves_the_revision() -> None:
    tree = MenuTree()
    tree.replace((MenuRow("a", "A"),))
    before = tree.revision

    tree.replace((MenuRow("a", "AA"),))

    assert tree.revision == before
