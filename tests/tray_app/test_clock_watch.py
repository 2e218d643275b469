"""The clocks that run apart."""

from tray_app.clock_watch import ClockWatch


class Clocks:
    def __init__(self) -> None:
        self.wall, self.steady = 1_000_000.0, 50.0
        self.watch = ClockWatch(lambda: self.wall, lambda: self.steady)

    def pass_time(self, wall: float, steady: float) -> bool:
        self.wall += wall
        self.steady += steady
        return self.watch.jumped()


def test_clocks_that_agree_mean_nothing() -> None:
    assert not Clocks().pass_time(1.0, 1.001)


def test_a_sleep_in_which_the_steady_clock_stands_still_is_seen_once() -> None:
    clocks = Clocks()

    assert clocks.pass_time(3600, 1)
    assert not clocks.pass_time(1, 1)


def test_a_sleep_in_which_both_clocks_run_is_seen() -> None:
    assert Clocks().pass_time(3600, 3600)


def test_a_clock_that_is_set_back_is_seen() -> None:
    assert Clocks().pass_time(-3600, 1)


def test_a_small_correction_of_the_clock_means_nothing() -> None:
    assert not Clocks().pass_time(3.0, 1.0)
