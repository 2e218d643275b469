"""The end of the log."""

from pathlib import Path

from tray_app.log_tail import read_log_tail


def test_a_missing_log_is_empty(tmp_path: Path) -> None:
    assert read_log_tail(tmp_path / "none.log") == ()


def test_a_line_that_is_cut_by_the_limit_is_left_out(tmp_path: Path) -> None:
    log = tmp_path / "tray.log"
    log.write_bytes(b"long " * 20_000 + b"\nlast \xff line\n")

    assert read_log_tail(log) == ("last \ufffd line",)
