"""docs/redaction.md: every example of the page goes through the disguise, and comes out as the page says."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import Any

import pytest

from analyzer.bundle.disguise import Disguise, make_disguise
from analyzer.bundle.own_rules import OwnRules
from analyzer.evidence.model import Evidence
from analyzer.support.redaction import mask_secrets
from tests.command import REPOSITORY

PAGE = (REPOSITORY / "docs" / "redaction.md").read_text("utf-8")
JOB = {"container": {"environment": [{"name": "FUSION_WORK", "value": "s3://acme-data/cohort7"}]}}


def section(heading: str) -> str:
    """From a heading to the next one of any level."""
    return re.split(r"(?m)^#+ ", PAGE.split(f"# {heading}\n", 1)[1])[0]


def examples(text: str, head: str) -> list[list[str]]:
    """The rows below this heading of a table, each cell without its code marks."""
    rows = text.split(f"| {head} |\n", 1)[1].split("\n\n", maxsplit=1)[0].splitlines()[1:]
    return [[cell.strip("` ") for cell in row.strip("|").split(" | ")] for row in rows]


def disguise(job: Mapping[str, Any] | None = None, own: OwnRules = OwnRules()) -> Disguise:  # noqa: B008 - it is frozen
    return make_disguise([Evidence("x", "job", job=job)], own)


SECRETS = examples(section("Secrets"), "written | masked")
FORMS = examples(section("Identities"), "kind | written | in the bundle")
MEMBERS = examples(section("Identities"), "member | written | in the bundle")
EQUAL = examples(section("Equal things stay equal"), "written | in the bundle")
STAYS = examples(section("What stays"), "kind | example")
OWN = examples(section("Rules of your own"), "written | in the bundle")


def test_the_page_has_its_tables() -> None:
    assert [len(rows) for rows in (SECRETS, FORMS, MEMBERS, EQUAL, STAYS, OWN)] == [11, 24, 9, 4, 10, 4]


@pytest.mark.parametrize(("written", "shown"), SECRETS)
def test_what_is_masked_everywhere(written: str, shown: str) -> None:
    hidden = disguise()
    assert mask_secrets(written) == shown
    secret = next(text for text in re.split(r"[\s\"=:@]", written) if text not in shown)
    assert secret not in hidden.text(written)
    assert not any(secret in original for original in hidden.stand_ins.values())


@pytest.mark.parametrize(("written", "shown"), [row[1:] for row in FORMS])
def test_what_is_replaced(written: str, shown: str) -> None:
    assert disguise().text(written) == shown


@pytest.mark.parametrize(("member", "written", "shown"), MEMBERS)
def test_what_a_documents_member_tells(member: str, written: str, shown: str) -> None:
    hidden = disguise({member: written})
    assert hidden.document({member: written}) == {member: shown}


@pytest.mark.parametrize("example", [row[1] for row in STAYS])
def test_what_stays(example: str) -> None:
    assert disguise(JOB).text(example) == example


def test_equal_things_have_the_same_stand_in() -> None:
    hidden = disguise(JOB)
    assert [[written, hidden.text(written)] for written, _ in EQUAL] == EQUAL


@pytest.mark.parametrize(("written", "shown"), OWN)
def test_own_rules(written: str, shown: str) -> None:
    lists = tomllib.loads(PAGE.split("```toml\n", 1)[1].split("```", 1)[0])
    assert disguise(own=OwnRules(tuple(lists["keep"]), tuple(lists["redact"]))).text(written) == shown


def test_what_it_says_it_cannot_know() -> None:
    assert "`the word is swordfish`" in PAGE
    assert disguise().text("the word is swordfish") == "the word is swordfish"
