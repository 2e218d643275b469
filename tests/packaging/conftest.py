"""Tests of what was built run where PACKAGED names the folder with it (`make build-tested`); the others always."""

import os
import sys

collect_ignore_glob = [] if os.environ.get("PACKAGED") else ["built/*"]
if sys.platform == "win32":  # make and the shell's scripts are for the others
    collect_ignore_glob.append("test_recipes.py")
