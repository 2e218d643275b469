#!/bin/sh
# What the tests on a virtual desktop need beside Python: a display, a session bus, a keyring, a panel, a clipboard
# tool and a browser. On Debian as root the missing packages are installed; elsewhere they are named and this fails.
set -eu

[ "$(uname -s)" = Linux ] || exit 0 # those tests are for Linux desktops

missing=
need() { # program, Debian package
    command -v "$1" >/dev/null 2>&1 || missing="$missing $2"
}
need Xvfb xvfb
need dbus-daemon dbus-daemon
need gnome-keyring-daemon gnome-keyring
need xfce4-panel xfce4-panel
need xclip xclip
need xdotool xdotool
need import imagemagick
need chromium chromium
need chromedriver chromium-driver
need fc-list fontconfig
if command -v fc-list >/dev/null 2>&1 && [ -z "$(fc-list)" ]; then
    missing="$missing fonts-dejavu-core"
fi

[ -n "$missing" ] || exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing for the desktop tests:$missing"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    # shellcheck disable=SC2086 # one word for each package
    exec apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=300 $missing
fi
echo "The desktop tests lack the Debian packages:$missing" >&2
echo "Install them: sudo apt-get install --no-install-recommends$missing" >&2
exit 1
