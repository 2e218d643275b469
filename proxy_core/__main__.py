"""`python -m proxy_core` is `sap-ai-proxy`."""

import sys

from proxy_core.cli.serve import main

if __name__ == "__main__":
    sys.exit(main())
