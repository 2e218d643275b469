"""A program that is nothing but a tray: snapshots come in by lines of JSON, actions go out the same way.

In: {"publish": {a Snapshot's fields}}, {"notify": [title, text]}, {"stop": true}. Out: {"action": …, "argument": …}
and at last {"ended": true}.
"""

import json
import logging
import signal
import sys
import threading
from typing import Any

from tray_app.menu_items import ActionId
from tray_app.snapshot import Snapshot, State
from tray_app.texts import ENGLISH
from tray_app.tray import Tray


def say(**fields: Any) -> None:
    print(json.dumps(fields), flush=True)


def build_snapshot(fields: dict[str, Any]) -> Snapshot:
    fields = {"state": "running", "base_url": "http://127.0.0.1:3001", **fields}
    fields["state"] = State(fields["state"])
    fields["models"] = tuple(fields.get("models", ()))
    return Snapshot(**fields)


def on_action(action: ActionId, argument: str | None) -> None:
    say(action=action.value, argument=argument)


def obey(tray: Tray) -> None:
    for line in sys.stdin:
        match json.loads(line):
            case {"publish": fields}:
                tray.publish(build_snapshot(fields))
            case {"notify": [title, text]}:
                tray.notify(title, text)
            case {"stop": _}:
                tray.stop()


def main() -> None:
    logging.basicConfig(level=logging.INFO, stream=sys.stderr)
    tray = Tray(on_action, ENGLISH)
    signal.signal(signal.SIGTERM, lambda *_: tray.stop())
    threading.Thread(target=obey, args=(tray,), daemon=True).start()
    tray.run(build_snapshot(json.loads(sys.argv[1])))
    say(ended=True)


if __name__ == "__main__":
    main()
