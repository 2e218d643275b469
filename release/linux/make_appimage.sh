#!/bin/sh
# An AppImage of the frozen folder: make_appimage.sh BUNDLE OUT. Takes `appimagetool` from PATH, or fetches the
# release that is named here, with the runtime that goes into the image; both by their checksums.
set -eu

bundle=$1
out=$2
here=$(cd "$(dirname "$0")/../.." && pwd)
machine=$(uname -m)
version=$(cd "$here" && python3 -m release.version show)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fetch() { # a file of a release on GitHub, and its checksum
    curl -fsSL --retry 3 -o "$work/$(basename "$1")" "https://github.com/AppImage/$1"
    echo "$2  $work/$(basename "$1")" | sha256sum --check --quiet
}

if ! command -v appimagetool > /dev/null; then
    case $machine in
    x86_64)
        tool_sum=ed4ce84f0d9caff66f50bcca6ff6f35aae54ce8135408b3fa33abfc3cb384eb0
        runtime_sum=2fca8b443c92510f1483a883f60061ad09b46b978b2631c807cd873a47ec260d
        ;;
    aarch64)
        tool_sum=f0837e7448a0c1e4e650a93bb3e85802546e60654ef287576f46c71c126a9158
        runtime_sum=00cbdfcf917cc6c0ff6d3347d59e0ca1f7f45a6df1a428a0d6d8a78664d87444
        ;;
    *)
        echo "No appimagetool is known for $machine. Put one on PATH." >&2
        exit 1
        ;;
    esac
    fetch "appimagetool/releases/download/1.9.1/appimagetool-$machine.AppImage" "$tool_sum"
    fetch "type2-runtime/releases/download/20251108/runtime-$machine" "$runtime_sum"
    cat > "$work/appimagetool" << TOOL
#!/bin/sh
exec "$work/appimagetool-$machine.AppImage" --runtime-file "$work/runtime-$machine" "\$@"
TOOL
    chmod +x "$work/appimagetool" "$work/appimagetool-$machine.AppImage"
    PATH=$work:$PATH
fi

root=$work/AppDir
mkdir -p "$root/usr/lib" "$root/usr/share/icons/hicolor/256x256/apps"
cp -a "$bundle" "$root/usr/lib/ai-core-proxy"
cp "$here/release/linux/ai-core-proxy.desktop" "$root/"
cp "$here/assets/app/ai-core-proxy-256.png" "$root/ai-core-proxy.png"
cp "$here/assets/app/ai-core-proxy-256.png" "$root/usr/share/icons/hicolor/256x256/apps/ai-core-proxy.png"
cat > "$root/AppRun" << 'RUN'
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
ARCH=$machine APPIMAGE_EXTRACT_AND_RUN=1 appimagetool "$root" "$out/ai-core-proxy-$version-$machine.AppImage"
