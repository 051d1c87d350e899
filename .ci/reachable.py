"""Keeps of a CycloneDX document what its root needs: `python .ci/reachable.py BOM.json VERSION`.

It is written again, with VERSION as that of the root. An environment holds what builds and installs the package, too,
and that is no part of it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any


def reachable(bom: dict[str, Any]) -> dict[str, Any]:
    """The document with the components that the root depends on, and those that these depend on."""
    needs = {one["ref"]: one.get("dependsOn", []) for one in bom["dependencies"]}
    root = bom["metadata"]["component"]["bom-ref"]
    found, waiting = {root}, [root]
    while waiting:
        for other in needs.get(waiting.pop(), []):
            if other not in found:
                found.add(other)
                waiting.append(other)
    return {
        **bom,
        "components": [one for one in bom["components"] if one["bom-ref"] in found],
        "dependencies": [one for one in bom["dependencies"] if one["ref"] in found],
    }


if __name__ == "__main__":
    path = Path(sys.argv[1])
    made = reachable(json.loads(path.read_text("utf-8")))
    made["metadata"]["component"]["version"] = sys.argv[2]
    if len(made["components"]) < len(made["dependencies"]) - 1:
        sys.exit(f"{path}: a package that is needed is not described")
    path.write_text(json.dumps(made, indent=2, sort_keys=True) + "\n", "utf-8")
