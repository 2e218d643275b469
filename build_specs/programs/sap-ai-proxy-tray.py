"""The frozen `sap-ai-proxy-tray`. On Windows it has no terminal: nothing may be printed."""

import sys

from tray_app.__main__ import main

if __name__ == "__main__":
    sys.exit(main())
