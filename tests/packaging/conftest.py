"""Tests of what was built run where PACKAGED names the folder with it (`make build-tested`); the others always."""

import os

collect_ignore_glob = [] if os.environ.get("PACKAGED") else ["built/*"]
