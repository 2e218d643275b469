#!/bin/sh
# An AppImage of the frozen folder: make_appimage.sh BUNDLE OUT. Needs `appimagetool` on PATH, or fetches the
# release that is named here, checked when APPIMAGETOOL_SHA256 is set.
set -eu

bundle=$1
out=$2
here=$(cd "$(dirname "$0")/../.." && pwd)
machine=$(uname -m)
version=$(cd "$here" && python3 -m release.version show)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

tool=$(command -v appimagetool || true)
if [ -z "$tool" ]; then
    tool=$work/appimagetool
    curl -fsSL -o "$tool" \
        "https://github.com/AppImage/appimagetool/releases/download/1.9.0/appimagetool-$machine.AppImage"
    if [ -n "${APPIMAGETOOL_SHA256:-}" ]; then
        echo "$APPIMAGETOOL_SHA256  $tool" | sha256sum --check --quiet
    fi
    chmod +x "$tool"
fi

root=$work/AppDir
mkdir -p "$root/usr/lib" "$root/usr/share/icons/hicolor/256x256/apps"
cp -a "$bundle" "$root/usr/lib/ai-core-proxy"
cp "$here/release/linux/ai-core-proxy.desktop" "$root/"
cp "$here/assets/app/ai-core-proxy-256.png" "$root/ai-core-proxy.png"
cp "$here/assets/app/ai-core-proxy-256.png" "$root/usr/share/icons/hicolor/256x256/apps/ai-core-proxy.png"
cat > "$root/AppRun" <<'RUN'
#!/bin/sh
# `X.AppImage` is the tray; `X.AppImage sap-ai-proxy …` (or -inspect, -chat, -demo-request) a command line.
here=$(dirname "$(readlink -f "$0")")/usr/lib/ai-core-proxy
case "${1:-}" in
sap-ai-proxy | sap-ai-inspect | sap-ai-chat | sap-ai-demo-request)
    program=$1
    shift
    exec "$here/$program" "$@"
    ;;
*) exec "$here/sap-ai-proxy-tray" "$@" ;;
esac
RUN
chmod +x "$root/AppRun"
ARCH=$machine APPIMAGE_EXTRACT_AND_RUN=1 "$tool" "$root" "$out/ai-core-proxy-$version-$machine.AppImage"
