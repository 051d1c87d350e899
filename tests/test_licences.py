"""What the package needs at run time may be passed on with it: every licence is one of a list."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import Distribution, distribution

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.command import REPOSITORY

PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]
NEEDED = sorted(canonicalize_name(Requirement(line).name) for line in PROJECT["dependencies"])
ALLOWED = {
    *("0BSD", "Apache-2.0", "BSD", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "ISC", "MIT", "MIT-CMU", "PSF-2.0"),
    *("Python-2.0", "Zlib"),
}
"""SPDX's names; BSD where the metadata does not say which."""
SPELLINGS = {
    "License :: OSI Approved :: Apache Software License": "Apache-2.0",
    "License :: OSI Approved :: BSD License": "BSD",
    "License :: OSI Approved :: ISC License (ISCL)": "ISC",
    "License :: OSI Approved :: MIT License": "MIT",
    "License :: OSI Approved :: Python Software Foundation License": "PSF-2.0",
}
_OPERATOR = re.compile(r"\s+(?:AND|OR)\s+|[()]")


def licences(found: Distribution) -> set[str]:
    """As the metadata say: the expression, else the classifiers, else the word."""
    for expression in found.metadata.get_all("License-Expression") or []:
        return {part.strip() for part in _OPERATOR.split(expression) if part.strip()}
    classified = [one for one in found.metadata.get_all("Classifier") or [] if one.startswith("License :: ")]
    return {SPELLINGS.get(one, one) for one in classified} or set(found.metadata.get_all("License") or ["none"])


def needed(name: str, seen: set[str]) -> set[str]:
    """The package and all that it needs here, by name."""
    if name in seen:
        return seen
    seen.add(name)
    for line in distribution(name).requires or []:
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            needed(canonicalize_name(requirement.name), seen)
    return seen


PACKAGES = sorted(set[str]().union(*(needed(name, set()) for name in NEEDED)))


def test_dependencies_of_dependencies_are_looked_at() -> None:
    assert {"boto3", "botocore", "urllib3"} <= set(PACKAGES)
    assert len(PACKAGES) > 15


@pytest.mark.parametrize("name", PACKAGES)
def test_its_licence_is_one_that_is_allowed(name: str) -> None:
    assert licences(distribution(name)) - ALLOWED == set()
