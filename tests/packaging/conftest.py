"""Tests of what was built run where PACKAGED names the folder with it (`make build-tested`); the others always."""

import os
import sys

collect_ignore_glob = [] if os.environ.get("PACKAGED") else ["built/*"]
if sys.platform == "win32":  # make, the shell's scripts and links are for the others
    collect_ignore_glob.extend(["test_recipes.py", "test_bench.py"])
