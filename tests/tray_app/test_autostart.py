"""Start at login on the three systems; the registry is a dictionary here."""

import plistlib
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

from tray_app.autostart import (
    Autostart,
    LaunchAgent,
    RunKey,
    TemporaryProgramError,
    XdgAutostart,
    build_desktop_entry,
    build_launch_agent,
    find_program,
    open_autostart,
)

COMMAND = ["/opt/AI Core Proxy/sap-ai-proxy-tray", "--demo"]


class Registry:
    """What `winreg` does with one key."""

    HKEY_CURRENT_USER, KEY_READ, KEY_WRITE, REG_SZ = 1, 2, 4, 1

    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        self.opened = ""

    def CreateKeyEx(self, _root: int, path: str, _reserved: int, _access: int) -> Self:  # noqa: N802 - winreg's name
        self.opened = path
        return self

    def QueryValueEx(self, _key: object, name: str) -> tuple[str, int]:  # noqa: N802
        if name not in self.values:
            raise FileNotFoundError(name)
        return self.values[name], 1

    def SetValueEx(self, _key: object, name: str, _reserved: int, _kind: int, value: str) -> None:  # noqa: N802
        self.values[name] = value

    def DeleteValue(self, _key: object, name: str) -> None:  # noqa: N802
        if name not in self.values:
            raise FileNotFoundError(name)
        del self.values[name]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass


@pytest.fixture(params=["xdg", "launchd", "registry"])
def autostart(request: pytest.FixtureRequest, tmp_path: Path) -> Autostart:
    means: dict[str, Autostart] = {
        "xdg": XdgAutostart(tmp_path / "autostart"),
        "launchd": LaunchAgent(tmp_path / "LaunchAgents"),
        "registry": RunKey(Registry()),
    }
    return means[request.param]


def test_it_is_off_until_asked(autostart: Autostart) -> None:
    assert not autostart.is_on()


def test_it_can_be_turned_on_and_off(autostart: Autostart) -> None:
    autostart.turn_on(COMMAND)
    on = autostart.is_on()
    autostart.turn_off()

    assert on
    assert not autostart.is_on()


def test_turning_it_off_twice_is_no_error(autostart: Autostart) -> None:
    autostart.turn_off()
    autostart.turn_off()

    assert not autostart.is_on()


def test_a_desktop_entry_survives_blanks_and_special_characters() -> None:
    entry = build_desktop_entry(['/opt/my $tools/100% "new"/tray', "-c", "C:\\x"])
    line = next(line for line in entry.splitlines() if line.startswith("Exec="))
    value = line.removeprefix("Exec=").replace("\\\\", "\\")  # the escapes of a string value

    read = subprocess.run(
        ["sh", "-c", f"printf '%s\\n' {value.replace('%%', '%')}"], capture_output=True, check=True
    )
    assert read.stdout.decode().splitlines() == ['/opt/my $tools/100% "new"/tray', "-c", "C:\\x"]


def test_an_entry_that_the_desktop_turned_off_counts_as_off(tmp_path: Path) -> None:
    autostart = XdgAutostart(tmp_path)
    autostart.turn_on(COMMAND)
    file = next(tmp_path.iterdir())
    file.write_text(file.read_text() + "Hidden=true\n")

    assert not autostart.is_on()


def test_a_launch_agent_starts_the_command_at_login_only() -> None:
    values = plistlib.loads(build_launch_agent(COMMAND).encode())

    assert values["ProgramArguments"] == COMMAND
    assert values["RunAtLoad"] is True
    assert "KeepAlive" not in values


def test_the_registry_gets_a_quoted_path() -> None:
    registry = Registry()
    RunKey(registry).turn_on([r"C:\Program Files\AI Core Proxy\tray.exe", "--demo"])

    assert registry.values == {"AI Core Proxy": r'"C:\Program Files\AI Core Proxy\tray.exe" --demo'}
    assert registry.opened.endswith(r"CurrentVersion\Run")


@pytest.mark.parametrize(
    ("environ", "place"),
    [
        ({"HOME": "/home/me"}, "/home/me/.config/autostart/ai-core-proxy.desktop"),
        ({"HOME": "/home/me", "XDG_CONFIG_HOME": "/cfg"}, "/cfg/autostart/ai-core-proxy.desktop"),
    ],
)
def test_the_folder_of_the_desktop(environ: dict[str, str], place: str) -> None:
    autostart = open_autostart(environ, "linux")

    assert isinstance(autostart, XdgAutostart)
    assert str(autostart._path) == place


def test_macos_has_its_own_means() -> None:
    assert isinstance(open_autostart({"HOME": "/Users/me"}, "darwin"), LaunchAgent)


def test_an_app_image_starts_itself_and_not_its_mount() -> None:
    program = find_program({"APPIMAGE": "/home/me/Proxy.AppImage"}, Path("/tmp/.mount/tray"), frozen=True)

    assert program == ["/home/me/Proxy.AppImage"]


def test_a_frozen_program_is_its_own_command() -> None:
    assert find_program({}, Path("/opt/proxy/tray"), frozen=True) == ["/opt/proxy/tray"]


@pytest.mark.parametrize("place", ["{tmp}/unpacked/tray", "/private/var/AppTranslocation/1/Proxy.app/tray"])
def test_a_temporary_place_is_refused(place: str) -> None:
    with pytest.raises(TemporaryProgramError):
        find_program({}, Path(place.format(tmp=tempfile.gettempdir())), frozen=True)


def test_the_script_beside_python_is_preferred(tmp_path: Path) -> None:
    (tmp_path / "sap-ai-proxy-tray").touch()

    assert find_program({}, tmp_path / "python", frozen=False) == [str(tmp_path / "sap-ai-proxy-tray")]


def test_without_a_script_python_starts_the_package(tmp_path: Path) -> None:
    python = tmp_path / "python"

    assert find_program({}, python, frozen=False) == [str(python), "-m", "tray_app"]
