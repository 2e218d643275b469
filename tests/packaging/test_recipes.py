"""Specs, scripts, image and workflows, as far as they can be checked without building."""

import ast
import plistlib
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from release.version import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
SCRIPTS = [ROOT / name for name in (
    "deploy/entrypoint.sh", "release/linux/make_appimage.sh", "release/macos/make_dmg.sh",
    "tests/packaging/image_steps.sh", "tests/desktop/prerequisites.sh",
)]  # fmt: skip
MAKE_TARGETS = (
    "build", "build-tested", "build-debug", "version-show", "version-bump-patch", "version-bump-minor",
    "version-bump-major", "release-prepare", "tag-and-push", "release-github", "release-docker", "help",
)  # fmt: skip


@pytest.mark.parametrize("name", ["linux", "macos", "windows"])
def test_spec_is_python_and_takes_the_shared_part(name: str) -> None:
    tree = ast.parse((ROOT / "build_specs" / f"{name}.spec").read_text(encoding="utf-8"))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}

    assert "bundle" in imported


def test_no_build_is_packed_with_upx_or_into_one_file() -> None:
    for path in (ROOT / "build_specs").glob("*.*"):
        text = path.read_text(encoding="utf-8")
        assert "upx=True" not in text
        assert "onefile" not in text


def test_version_resource_is_what_windows_reads() -> None:
    sys.path.insert(0, str(ROOT / "build_specs"))
    try:
        from windows_version import build_text  # type: ignore[import-not-found]
    finally:
        sys.path.pop(0)

    text = build_text("sap-ai-proxy", "1.2.3")

    ast.parse(text, mode="eval")
    assert "filevers=(1, 2, 3, 0)" in text
    assert "'sap-ai-proxy.exe'" in text


def test_entitlements_are_a_property_list() -> None:
    assert plistlib.loads((ROOT / "build_specs" / "macos_entitlements.plist").read_bytes())


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_shell_script_is_read_by_the_shell(script: Path) -> None:
    assert subprocess.run(["sh", "-n", str(script)], check=False).returncode == 0


@pytest.mark.parametrize("target", MAKE_TARGETS)
def test_make_knows_the_target(target: str) -> None:
    done = subprocess.run(
        ["make", "-n", target, "IMAGE=a/b"], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_every_action_is_pinned_by_commit(path: Path) -> None:
    used = re.findall(r"uses: (?!\./)(\S+)(.*)", path.read_text(encoding="utf-8"))

    assert all(re.search(r"@[0-9a-f]{40}$", action) and "# v" in comment for action, comment in used), used


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_workflow_may_only_read_unless_a_job_says_more(path: Path) -> None:
    assert re.search(r"^permissions:\n  contents: read$", path.read_text(encoding="utf-8"), re.MULTILINE)


def test_image_runs_as_a_user_and_tells_its_health() -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")

    assert re.findall(r"^USER (\d+)$", text, re.MULTILINE) == ["10001"]
    assert "HEALTHCHECK" in text
    assert "--require-hashes" in text


def test_image_copies_only_what_its_context_lets_through() -> None:
    allowed = {
        line.removeprefix("!") for line in (ROOT / ".dockerignore").read_text().splitlines() if line[0] == "!"
    }
    copied = re.findall(r"^COPY (?!--from)(?:--\S+ )?(.+) \S+$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)

    assert {name for line in copied for name in line.split()} == allowed


def entrypoint(tmp_path: Path, *arguments: str, **environ: str) -> tuple[int, str]:
    """What the entrypoint starts, said by a stand-in for the program."""
    program = tmp_path / "sap-ai-proxy"
    program.write_text('#!/bin/sh\necho "$@"\n')
    program.chmod(0o755)
    done = subprocess.run(
        [shutil.which("sh") or "sh", str(ROOT / "deploy" / "entrypoint.sh"), *arguments],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin", **environ},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, (done.stdout or done.stderr).strip()


def test_variables_become_flags(tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text("{}")

    said = entrypoint(tmp_path, PORT="4000", HOST="127.0.0.1", CONFIG_PATH=str(config), DEBUG="true")

    assert said == (0, f"--port 4000 --host 127.0.0.1 --debug --config {config}")


def test_without_variables_the_image_listens_on_its_network(tmp_path: Path) -> None:
    assert entrypoint(tmp_path) == (0, "--port 3001 --host 0.0.0.0")


@pytest.mark.parametrize("off", ["", "0", "false"])
def test_debug_may_be_said_to_be_off(off: str, tmp_path: Path) -> None:
    assert "--debug" not in entrypoint(tmp_path, DEBUG=off)[1]


def test_arguments_come_last_and_win(tmp_path: Path) -> None:
    assert entrypoint(tmp_path, "--demo", "--port", "5000")[1].endswith("--demo --port 5000")


def test_config_that_is_not_mounted_is_told(tmp_path: Path) -> None:
    code, said = entrypoint(tmp_path, CONFIG_PATH="/nowhere/config.json")

    assert code == 2
    assert "Mount it with -v" in said


def test_config_that_became_a_folder_is_told(tmp_path: Path) -> None:
    """An engine makes a folder where the file to be mounted is missing."""
    code, said = entrypoint(tmp_path, CONFIG_PATH=str(tmp_path))

    assert code == 2
    assert "is a folder" in said


def test_folders_of_named_volumes_are_open_to_the_image_s_user() -> None:
    """A new volume takes its rights from the image's folder; without one it belongs to root alone."""
    compose = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    [opened] = re.findall(r"chmod 1777 (.+) \\$", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)

    folders = set(re.findall(r"^ +- [a-z]+:(/\S+)$", compose, re.MULTILINE))
    assert folders
    assert folders <= set(opened.split())
