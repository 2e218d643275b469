#!/bin/sh
# The steps of the Dockerfile by hand, in an empty Debian: image_steps.sh ROOT. For machines without a container engine.
# ROOT is a debootstrap root with python3-venv; it needs root and the network. Ends with the image's own health check.
set -eu

root=$1
here=$(cd "$(dirname "$0")/../.." && pwd)

mkdir -p "$root/build/requirements"
cp "$here/requirements/image.txt" "$root/build/requirements/"
cp -r "$here/pyproject.toml" "$here/setup.py" "$here/README.md" "$here/LICENSE" "$here/proxy_core" "$root/build/"
install -m 755 "$here/deploy/entrypoint.sh" "$root/usr/local/bin/entrypoint"

run() { chroot "$root" /usr/bin/env -i PATH=/opt/venv/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"; }

run python3 -m venv /opt/venv
run sh -c "cd /build && pip install --quiet --no-cache-dir --no-compile --require-hashes -r requirements/image.txt"
run sh -c "cd /build && printf 123456789abc > proxy_core/commit.txt \
    && pip install --quiet --no-cache-dir --no-deps --no-build-isolation . \
    && pip uninstall --yes --quiet setuptools pip && rm -f /opt/venv/bin/sap-ai-proxy-tray"
run sh -c "useradd --uid 10001 --create-home --shell /usr/sbin/nologin aicore \
    && mkdir /home/aicore/.cache && chmod 1777 /home/aicore /home/aicore/.cache && chmod 711 /root && mkdir /app"
mkdir -p "$root/proc" && mount -t proc proc "$root/proc"
trap 'umount "$root/proc"' EXIT

image() { # program and arguments, as the user of the image
    run setpriv --reuid=10001 --regid=10001 --clear-groups /usr/bin/env HOME=/home/aicore PORT="${PORT:-29641}" \
        HOST=0.0.0.0 CONFIG_PATH="${CONFIG_PATH:-/app/config.json}" PYTHONUNBUFFERED=1 "$@"
}

image entrypoint --version
# shellcheck disable=SC2016 # the variables are those of the image
image sh -c '
entrypoint --demo > /dev/null &
proxy=$!
tries=0
until entrypoint health; do
    tries=$((tries + 1))
    test "$tries" -lt 50 || { kill "$proxy"; exit 1; }
    sleep 0.2
done
sap-ai-demo-request -p "$PORT" > /dev/null
kill "$proxy"
wait "$proxy"'
echo "The steps of the image work: $(du -sm "$root/opt/venv" | cut -f1) MB of programs."
