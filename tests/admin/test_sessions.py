"""One-time links and sessions."""

from proxy_core.admin.sessions import LINK_SECONDS, SESSION_SECONDS, Sessions
from tests.clock import Clock


def test_link_opens_one_session() -> None:
    sessions = Sessions()
    link = sessions.issue_link()

    assert sessions.redeem(link)
    assert sessions.redeem(link) is None


def test_link_ends_after_a_minute() -> None:
    clock = Clock(1000.0)
    sessions = Sessions(clock)
    link = sessions.issue_link()
    clock.now += LINK_SECONDS

    assert sessions.redeem(link) is None


def test_link_that_was_never_issued_opens_nothing() -> None:
    assert Sessions().redeem("x" * 43) is None


def test_session_ends_when_nothing_is_done() -> None:
    clock = Clock(1000.0)
    sessions = Sessions(clock)
    session = sessions.redeem(sessions.issue_link())
    assert session
    clock.now += SESSION_SECONDS

    assert sessions.find(session.token, renew=True) is None


def test_session_goes_on_while_the_user_does_something() -> None:
    clock = Clock(1000.0)
    sessions = Sessions(clock)
    session = sessions.redeem(sessions.issue_link())
    assert session
    for _ in range(3):
        clock.now += SESSION_SECONDS - 1
        assert sessions.find(session.token, renew=True)

    assert sessions.find(session.token, renew=False) == session


def test_looking_for_news_does_not_keep_a_session() -> None:
    clock = Clock(1000.0)
    sessions = Sessions(clock)
    session = sessions.redeem(sessions.issue_link())
    assert session
    clock.now += SESSION_SECONDS - 1
    assert sessions.find(session.token, renew=False)
    clock.now += 1

    assert sessions.find(session.token, renew=False) is None


def test_many_links_do_not_fill_the_memory() -> None:
    sessions = Sessions()
    first = sessions.issue_link()
    for _ in range(100):
        newest = sessions.issue_link()

    assert sessions.redeem(first) is None
    assert sessions.redeem(newest)


def test_secrets_are_not_printed() -> None:
    sessions = Sessions()
    session = sessions.redeem(sessions.issue_link())
    assert session

    assert session.token not in repr(session)
    assert session.csrf not in repr(session)
