"""The entry of `sap-ai-proxy-tray`, a name that is kept for the tray application."""

import sys

__all__ = ["main"]


def main() -> int:
    """Say what to use until the tray application is part of the package."""
    sys.stderr.write("The tray application is not part of this version. Start the proxy with: sap-ai-proxy\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
