#!/bin/sh
# A disk image with the application and a link to /Applications: make_dmg.sh APPLICATION OUT. macOS only.
set -eu

application=$1
out=$2
here=$(cd "$(dirname "$0")/../.." && pwd)
version=$(cd "$here" && python3 -m release.version show)
image=$out/ai-core-proxy-$version-macos-$(uname -m).dmg
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

ditto "$application" "$work/$(basename "$application")" # keeps links and signatures
ln -s /Applications "$work/Applications"
rm -f "$image"
hdiutil create -volname "AI Core Proxy" -srcfolder "$work" -format UDZO -ov "$image"
if [ -n "${CODESIGN_IDENTITY:-}" ]; then
    codesign --sign "$CODESIGN_IDENTITY" --timestamp "$image"
fi
