"""The frozen folder as packages for Linux, .deb and .tar.xz: `python -m release.linux_packages BUNDLE OUT`.

Links stay links, so nothing here packs with a tool that follows them.
"""

import argparse
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from release.version import ROOT, read_version

NAME = "ai-core-proxy"
PROGRAMS = ("sap-ai-proxy", "sap-ai-proxy-tray", "sap-ai-inspect", "sap-ai-chat", "sap-ai-demo-request")

ICON_SIZES = (16, 24, 32, 48, 64, 128, 256, 512)
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}

CONTROL = """Package: {name}
Version: {version}
Section: net
Priority: optional
Architecture: {architecture}
Depends: libc6 (>= {glibc})
Recommends: ca-certificates, gnome-keyring | kwalletmanager | keepassxc, xdg-utils
Suggests: wl-clipboard | xclip
Installed-Size: {kilobytes}
Maintainer: AI Core Proxy contributors <noreply@ai-core-proxy.invalid>
Description: models of SAP AI Core for any OpenAI or Anthropic client
 A small program on your own computer speaks the OpenAI and the Anthropic API
 to your tools, and SAP AI Core to your deployments. It comes with an icon in
 the tray, command lines, and a demo that needs no account.
"""
COPYRIGHT = """Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: AI Core Proxy

Files: *
Copyright: 2026 The AI Core Proxy maintainers
License: MIT
 The full text is in /usr/lib/ai-core-proxy/_internal/LICENSE; those of the
 libraries are in /usr/lib/ai-core-proxy/_internal/licences.
"""


def lay_out(bundle: Path, prefix: Path) -> None:
    """The tree of an installation below `prefix`, which stands for `/usr`."""
    library = prefix / "lib" / NAME
    shutil.copytree(bundle, library, symlinks=True)
    programs = prefix / "bin"
    programs.mkdir(parents=True)
    for name in PROGRAMS:
        (programs / name).symlink_to(f"../lib/{NAME}/{name}")
    for size in ICON_SIZES:
        folder = prefix / "share" / "icons" / "hicolor" / f"{size}x{size}" / "apps"
        folder.mkdir(parents=True)
        shutil.copy(ROOT / "assets" / "app" / f"{NAME}-{size}.png", folder / f"{NAME}.png")
    applications = prefix / "share" / "applications"
    applications.mkdir(parents=True)
    shutil.copy(ROOT / "release" / "linux" / f"{NAME}.desktop", applications)


def build_deb(bundle: Path, out: Path, version: str) -> Path:
    """With `dpkg-deb`, owned by root; it has no scripts, so removing it leaves nothing behind."""
    architecture = ARCHITECTURES[platform.machine()]
    path = out / f"{NAME}_{version}_{architecture}.deb"
    with tempfile.TemporaryDirectory(prefix="deb-") as name:
        tree = Path(name) / "tree"
        lay_out(bundle, tree / "usr")
        document = tree / "usr" / "share" / "doc" / NAME / "copyright"
        document.parent.mkdir(parents=True)
        document.write_text(COPYRIGHT, encoding="utf-8")
        control = tree / "DEBIAN" / "control"
        control.parent.mkdir()
        control.write_text(
            CONTROL.format(
                name=NAME,
                version=version,
                architecture=architecture,
                glibc=host_glibc(),
                kilobytes=size_in_kb(tree),
            ),
            encoding="utf-8",
        )
        make_readable(tree)
        subprocess.run(["dpkg-deb", "--root-owner-group", "-Zxz", "--build", str(tree), str(path)], check=True)
    return path


def build_archive(bundle: Path, out: Path, version: str) -> Path:
    """To be unpacked anywhere: the tree of an installation in one folder."""
    folder = f"{NAME}-{version}-linux-{platform.machine()}"
    path = out / f"{folder}.tar.xz"
    with tempfile.TemporaryDirectory(prefix="archive-") as name:
        tree = Path(name) / "tree"
        lay_out(bundle, tree)
        make_readable(tree)
        with tarfile.open(path, "w:xz") as archive:
            archive.add(tree, folder, filter=own_by_root)
    return path


def own_by_root(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = "root"
    return member


def make_readable(tree: Path) -> None:
    """For every user, whatever mask the builder has; a library is no program."""
    tree.chmod(0o755)
    for path in tree.rglob("*"):
        if not path.is_symlink():
            runs = path.stat().st_mode & 0o100 and ".so" not in path.suffixes
            path.chmod(0o755 if path.is_dir() or runs else 0o644)


def size_in_kb(tree: Path) -> int:
    return sum(path.lstat().st_size for path in tree.rglob("*") if not path.is_dir()) // 1024


def host_glibc() -> str:
    """The bundle wants the C library of the building system, or a newer one."""
    return platform.libc_ver()[1]


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="release.linux_packages", description="Pack the frozen folder for Linux.")
    parser.add_argument("bundle", type=Path, help="the folder that PyInstaller made")
    parser.add_argument("out", type=Path, help="where the packages go")
    options = parser.parse_args(argv)
    options.out.mkdir(parents=True, exist_ok=True)
    version = read_version()
    made = [build_archive(options.bundle, options.out, version)]
    if shutil.which("dpkg-deb"):
        made.append(build_deb(options.bundle, options.out, version))
    else:
        print("dpkg-deb is missing, so no .deb was made.", file=sys.stderr)
    for path in made:
        print(f"{path} ({path.stat().st_size / 1e6:.1f} MB)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
