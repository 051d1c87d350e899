from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from analyzer.classifier.catalogue import read_user_rules, shipped
from analyzer.classifier.rule_record import ADVICE_KINDS, OPERATIONS, SOURCES
from analyzer.evidence.capture import FORMAT, LISTED_DOCUMENTS, LISTING, MANIFEST, SINGLE_DOCUMENTS
from analyzer.fetchers.permissions import PERMISSIONS
from analyzer.reporters.page import explain
from analyzer.support.redaction import MASK

DOCS = Path(__file__).parents[2] / "docs"
KMS = "kms:Decrypt"
"""No call of ours: S3 makes it for a bucket with a key."""


def _page(name: str) -> str:
    return (DOCS / name).read_text("utf-8")


def _block(page: str, language: str) -> str:
    match = re.search(rf"^```{language}\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert match
    return match[1]


def test_the_worked_example_loads_and_finds(tmp_path: Path) -> None:
    file = tmp_path / "rules.toml"
    file.write_text(_block(_page("rules-file.md"), "toml"), "utf-8")
    rules = read_user_rules(file)
    (signature,) = rules["FS901"].signatures
    assert signature.search("ERROR: no seat left for bclconvert") == {"feature": "bclconvert"}
    assert signature.search("ERROR: no seat left") is None
    assert "The licence server" in (explain("FS901", shipped().with_rules(rules)) or "")


@pytest.mark.parametrize("word", [*SOURCES, *OPERATIONS, *ADVICE_KINDS])
def test_the_rules_file_is_described_whole(word: str) -> None:
    assert f"`{word}`" in _page("rules-file.md")


def test_the_policy_allows_what_is_called_and_no_more() -> None:
    policy = json.loads(_block(_page("permissions.md"), "json"))
    allowed = [action for statement in policy["Statement"] for action in statement["Action"]]
    wanted = {permission.action for permission in PERMISSIONS.values()} | {KMS}
    assert set(allowed) == wanted
    assert len(allowed) == len(wanted)
    assert set(re.findall(r"^\| `(\w+:\w+)` \|", _page("permissions.md"), re.MULTILINE)) == wanted


def test_the_policy_only_reads() -> None:
    policy = json.loads(_block(_page("permissions.md"), "json"))
    for statement in policy["Statement"]:
        for action in statement["Action"]:
            assert re.fullmatch(r"\w+:(Describe|Get|List|Lookup|Decrypt)\w*", action)


def test_every_member_of_a_capture_is_described() -> None:
    page = _page("captures.md")
    for name in (MANIFEST, LISTING, *(f"{n}.json" for n in (*SINGLE_DOCUMENTS, *LISTED_DOCUMENTS))):
        assert f"`{name}`" in page
    assert FORMAT in page
    assert MASK in page


def test_every_top_member_of_a_diagnosis_is_described() -> None:
    schema = json.loads((DOCS.parent / "analyzer/data/schema/diagnosis.schema.json").read_text("utf-8"))
    page = _page("diagnosis.md")
    assert [name for name in schema["properties"] if f"| `{name}`" not in page] == []
    assert [name for name in schema["properties"]["verdict"]["properties"] if f"`verdict.{name}`" not in page] == []


def test_links_between_pages_lead_somewhere() -> None:
    pages = [path for path in DOCS.glob("*.md") if path.name != "exit-codes.md"]
    assert len(pages) >= 5
    generated = {"rules/index.md", "exit-codes.md"}
    for path in pages:
        for link in re.findall(r"\]\(([\w./-]+\.md)\)", path.read_text("utf-8")):
            assert link in generated or (DOCS / link).is_file(), f"{path.name}: {link}"
