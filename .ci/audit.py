"""Known vulnerabilities of locked packages: `python .ci/audit.py PIP-AUDIT LOCK`.

Asks PyPI's service, then OSV's. Exit status 1 where a package has one; where neither can be reached it says so in a
line, and ends with 0: a change must not wait for somebody else's service.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

SERVICES = ("pypi", "osv")
MOST_SECONDS = 120


def asked(tool: str, lock: str, service: str) -> list[dict[str, Any]] | None:
    """What the service says of each package; None where it could not be asked of every one."""
    words = [tool, "--vulnerability-service", service, "--disable-pip", "--no-deps", "--format", "json"]
    try:
        done = subprocess.run(
            [*words, "--progress-spinner", "off", "--requirement", lock],
            capture_output=True,
            text=True,
            timeout=MOST_SECONDS,
            check=False,
        )
        packages: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except (subprocess.TimeoutExpired, ValueError, KeyError):
        return None
    known = [one for one in packages if "vulns" in one]
    # a service that knows none of them is a mirror without that knowledge
    return packages if len(known) == len(packages) or any(one["vulns"] for one in known) else None


def main(tool: str, lock: str) -> int:
    """Ask one service after the other until one answers."""
    for service in SERVICES:
        packages = asked(tool, lock, service)
        if packages is None:
            continue
        found = [(one, each) for one in packages for each in one.get("vulns", ())]
        for one, each in found:
            fixed = ", ".join(each.get("fix_versions") or ["no version yet"])
            print(f"{one['name']} {one['version']}: {each['id']}, fixed in {fixed}")
        print(f"{service}: {len(found)} known vulnerabilities in {len(packages)} packages of {lock}")
        return int(bool(found))
    print(f"NOT AUDITED: no service for known vulnerabilities can be reached from here ({', '.join(SERVICES)})")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
