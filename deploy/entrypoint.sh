#!/bin/sh
# Turns the variables of the image into flags of sap-ai-proxy: PORT, HOST, CONFIG_PATH, DEBUG. Arguments of
# `docker run` are added behind them and win; `health` asks the running proxy; another program's name runs that one.
set -eu

case "${1:-}" in
health)
    exec python - <<'EOF'
import os, ssl, sys, urllib.request

address = f"127.0.0.1:{os.environ.get('PORT') or 3001}/health"
context = ssl._create_unverified_context()  # a certificate for another name is fine: this only asks for a pulse
for scheme in ("http", "https"):
    try:
        with urllib.request.urlopen(f"{scheme}://{address}", timeout=4, context=context) as answer:
            sys.exit(0 if answer.status == 200 else 1)
    except OSError:
        continue
sys.exit(1)
EOF
    ;;
sap-ai-* | sh) exec "$@" ;;
esac

# Of old the folder of SAP's own tools was mounted at the home of root.
if [ -z "${AICORE_HOME:-}" ] && [ ! -e "${HOME:-/}/.aicore" ] && [ -r /root/.aicore/config.json ]; then
    export AICORE_HOME=/root/.aicore
fi

if [ -f "${CONFIG_PATH:-/app/config.json}" ]; then
    set -- --config "${CONFIG_PATH:-/app/config.json}" "$@"
elif [ -d "${CONFIG_PATH:-/app/config.json}" ]; then
    echo "${CONFIG_PATH:-/app/config.json} is a folder: the file to be mounted was not there. Check the path of -v." >&2
    exit 2
elif [ "${CONFIG_PATH:-/app/config.json}" != /app/config.json ]; then
    echo "CONFIG_PATH names ${CONFIG_PATH}, which is not in the container. Mount it with -v." >&2
    exit 2
fi
case "${DEBUG:-}" in
"" | 0 | false | False | no) ;;
*) set -- --debug "$@" ;;
esac
exec sap-ai-proxy --port "${PORT:-3001}" --host "${HOST:-0.0.0.0}" "$@"
