"""Holds a CycloneDX document against the format's own schema: `python .ci/valid_sbom.py BOM.json`."""

from __future__ import annotations

import sys
from pathlib import Path

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

if __name__ == "__main__":
    wrong = JsonStrictValidator(SchemaVersion.V1_6).validate_str(Path(sys.argv[1]).read_text("utf-8"))
    sys.exit(f"{sys.argv[1]} is no CycloneDX document: {wrong}" if wrong else 0)
