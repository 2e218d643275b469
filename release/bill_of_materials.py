"""The bill of materials of the packages, from their lock: `python -m release.bill_of_materials LOCK` prints it.

CycloneDX 1.5, JSON (https://cyclonedx.org/docs/1.5/json/): every library with version, package URL and the
checksums of the files it may have been installed from.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

from release.version import read_version

_PACKAGE = re.compile(r"^([a-z0-9][a-z0-9._-]*)==([^\s;\\]+)")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def build_bill(lock: str, version: str) -> dict[str, Any]:
    """The document for the text of a lock."""
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "name": "ai-core-proxy",
                "version": version,
                "purl": f"pkg:pypi/ai-core-proxy@{version}",
                "licenses": [{"license": {"id": "MIT"}}],
            }
        },
        "components": read_components(lock),
    }


def read_components(lock: str) -> list[dict[str, Any]]:
    components: list[dict[str, Any]] = []
    for line in lock.splitlines():
        if found := _PACKAGE.match(line):
            name, version = found.groups()
            purl = f"pkg:pypi/{name}@{version}"
            component = {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl}
            components.append({**component, "hashes": []})
        elif (digest := _HASH.search(line)) and components:
            components[-1]["hashes"].append({"alg": "SHA-256", "content": digest[1]})
    return components


def main() -> int:
    print(json.dumps(build_bill(Path(sys.argv[1]).read_text(encoding="utf-8"), read_version()), indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
