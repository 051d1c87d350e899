"""Instance types whose figures are in the package: EC2 need not be asked for them."""

from __future__ import annotations

import json
from importlib.resources import files

_NAME = "name"


def shipped_types() -> frozenset[str]:
    """Names of the types in `analyzer/data/instance-types.json`, which EC2's own answers were written to."""
    document = json.loads((files("analyzer") / "data" / "instance-types.json").read_text("utf-8"))
    place = document["columns"].index(_NAME)
    return frozenset(row[place] for row in document["types"])
