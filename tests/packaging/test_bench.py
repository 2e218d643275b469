"""The bench of the packaged program, as far as it needs none."""

from pathlib import Path

from bench.packaged import find_bundle, size_mb


def test_nothing_that_was_built_is_not_a_failure(tmp_path: Path) -> None:
    assert find_bundle(tmp_path) is None


def test_program_of_a_build_is_found(tmp_path: Path) -> None:
    for name in ("sap-ai-proxy", "sap-ai-proxy.exe"):
        (tmp_path / name).touch()

    assert find_bundle(tmp_path) == tmp_path


def test_link_adds_nothing_to_the_size(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "library").write_bytes(bytes(1_500_000))
    (tmp_path / "link").symlink_to("deep/library")

    assert size_mb(tmp_path) == 1.5
