"""What CI asks of a release: the audit's verdicts, what an SBOM keeps, and the example of docs/CONTRIBUTING.md."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import textwrap
import tomllib
from pathlib import Path
from typing import Any

import pytest

from analyzer import __version__
from analyzer.classifier.catalogue_read import read_rules
from tests.command import REPOSITORY

CI = REPOSITORY / ".ci"
FINE = {"name": "rich", "version": "15.0.0", "vulns": []}
FAULTY = {"name": "jinja2", "version": "3.1.2", "vulns": [{"id": "CVE-2024-22195", "fix_versions": ["3.1.3"]}]}
SKIPPED = {"name": "rich", "skip_reason": "not found"}


def audited(folder: Path, packages: list[dict[str, Any]] | None) -> subprocess.CompletedProcess[str]:
    """The audit with a pip-audit that says so; None: that crashes."""
    said = "no network" if packages is None else json.dumps({"dependencies": packages})
    tool = folder / "pip-audit"
    tool.write_text(f"#!{sys.executable}\nprint({said!r})\nraise SystemExit({int(packages is None)})\n", "utf-8")
    tool.chmod(0o700)
    words = [sys.executable, str(CI / "audit.py"), str(tool), "requirements.lock"]
    return subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize(
    ("packages", "status", "told"),
    [
        ([FINE], 0, "pypi: 0 known vulnerabilities in 1 packages of requirements.lock"),
        ([FINE, FAULTY], 1, "jinja2 3.1.2: CVE-2024-22195, fixed in 3.1.3"),
        ([SKIPPED, FAULTY], 1, "jinja2 3.1.2: CVE-2024-22195, fixed in 3.1.3"),
        ([FINE, SKIPPED], 0, "NOT AUDITED"),
        ([SKIPPED], 0, "NOT AUDITED"),
        (None, 0, "NOT AUDITED"),
    ],
)
def test_an_audit_fails_where_something_is_known_and_says_where_it_could_not_ask(
    packages: list[dict[str, Any]] | None, status: int, told: str, tmp_path: Path
) -> None:
    done = audited(tmp_path, packages)
    assert (done.returncode, done.stderr) == (status, "")
    assert told in done.stdout


def test_an_sbom_keeps_what_is_needed(tmp_path: Path) -> None:
    names = {"boto3": ["botocore"], "botocore": [], "pip": ["wheel"], "wheel": []}
    bom = {
        "metadata": {"component": {"bom-ref": "root", "name": "fsnap-diagnose"}},
        "components": [{"bom-ref": name, "name": name} for name in names],
        "dependencies": [
            {"ref": "root", "dependsOn": ["boto3"]},
            *({"ref": name, "dependsOn": others} for name, others in names.items()),
        ],
    }
    path = tmp_path / "bom.json"
    path.write_text(json.dumps(bom), "utf-8")
    subprocess.run([sys.executable, str(CI / "reachable.py"), str(path), "1.2.3"], check=True, timeout=60)
    kept = json.loads(path.read_text("utf-8"))
    assert [one["name"] for one in kept["components"]] == ["boto3", "botocore"]
    assert [one["ref"] for one in kept["dependencies"]] == ["root", "boto3", "botocore"]
    assert kept["metadata"]["component"]["version"] == "1.2.3"


def test_the_version_has_one_place_and_a_section_in_the_changelog() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))
    assert project["project"]["dynamic"] == ["version"]
    assert project["tool"]["hatch"]["version"]["path"] == "analyzer/__init__.py"
    changelog = (REPOSITORY / "CHANGELOG.md").read_text("utf-8")
    assert re.search(rf"^## \[{re.escape(__version__)}\] - (unreleased|\d{{4}}-\d\d-\d\d)$", changelog, re.MULTILINE)


@pytest.mark.parametrize("name", ["release", "dependencies", "run"])
def test_the_scripts_are_scripts(name: str) -> None:
    assert os.access(CI / name, os.X_OK)
    subprocess.run(["bash", "-n", str(CI / name)], check=True, timeout=60)


def test_the_rule_of_the_contributing_page_loads() -> None:
    page = (REPOSITORY / "docs" / "CONTRIBUTING.md").read_text("utf-8")
    (block,) = re.findall(r"^ *```toml\n(.*?)^ *```$", page, re.MULTILINE | re.DOTALL)
    (rule,) = read_rules(textwrap.dedent(block), "CONTRIBUTING.md").values()
    assert rule.signatures[0].search("ERROR: no licence seat left") is not None
    assert list(rule.scenarios) == ["tool-licence-seat"]
