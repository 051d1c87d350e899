from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from analyzer.classifier.catalogue import Catalogue, shipped
from analyzer.classifier.catalogue_read import read_rules
from analyzer.reporters import docs
from analyzer.reporters.exit_codes import exit_codes, format_exit_code
from analyzer.reporters.page import SIGNATURE_SOURCES, explain, format_cause, format_page, format_rules, vocabulary
from analyzer.reporters.reflow import reflow

RULES = """
[[rule]]
id = "FS901"
cause = "app.license_server"
title = "The licence server did not answer"
owner = "pipeline"
reads = ["task log"]
since = "1.0"
means = "The tool asks a server for a licence."
recognised = "By its own words."
what_to_do = "1. Ask whoever runs the server.\\n2. Try again."
wrong_when = "The server answered later."
references = ["https://licences.example/"]
  [[rule.signature]]
  source = "task"
  text = "licence"
  pattern = 'licence `(?P<name>\\w+)`'
  exit_codes = [3]
  [[rule.signature]]
  source = "criu"
  text = "[bold]\\u001b[31m"
  operations = ["dump"]
  [[rule.advice]]
  kind = "application"
  summary = "Wait for it."
  language = "bash"
  snippet = "sleep 5"
[[rule]]
id = "FS902"
cause = "site.quota"
title = "Over the site's quota"
means = "m"
what_to_do = "w"
"""
CATALOGUE = Catalogue(read_rules(RULES, "test"))


def test_a_rule_has_its_page() -> None:
    page = explain("fs901", CATALOGUE) or ""
    headings = [line for line in page.splitlines() if line.startswith("#")]
    assert headings == [
        "# FS901 The licence server did not answer",
        "## What it means",
        "## How it is recognised",
        "## What to do",
        "## When this is wrong",
        "## References",
    ]
    assert "- certain: matching `` licence `(?P<name>\\w+)` `` in the task's log, exit code 3" in page.replace(
        "\n  ", " "
    )
    assert "- certain: `[bold]` in checkpoint logs (dump)" in page
    assert "  ```bash\n  sleep 5\n  ```" in page
    assert "cause: `app.license_server`" in page


def test_sections_without_text_are_left_out() -> None:
    page = format_page(CATALOGUE.rules["FS902"])
    assert "## When" not in page
    assert "## References" not in page


def test_a_cause_names_its_rules() -> None:
    assert "- FS901 `app.license_server`" in (format_cause("app.license_server", CATALOGUE) or "")
    assert vocabulary()["dump.window_exceeded"].split(":")[0].lower() in (
        explain("dump.window_exceeded", CATALOGUE) or ""
    ).lower().replace("\n", " ")


def test_a_family_lists_its_causes() -> None:
    page = explain("dump", shipped()) or ""
    assert all(f"`{cause}`" in page for cause in vocabulary() if cause.startswith("dump."))
    assert "FS902" in (explain("site", CATALOGUE) or "")


@pytest.mark.parametrize("subject", ["FS999", "nonsense", "dump.", ".", "", "99999", "12345678901", "-1", "FS1010"])
def test_what_is_not_known_has_no_page(subject: str) -> None:
    assert explain(subject, shipped()) is None


@pytest.mark.parametrize("code", [0, 1, 126, 127, 137, 139, 141, 143, 174, 175, 176, 177, 2147483647])
def test_exit_codes_have_their_pages(code: int) -> None:
    page = explain(str(code), shipped()) or ""
    assert page.startswith(f"# Exit code {code}: {exit_codes()[code].title}")
    assert "## What decides" in page
    assert "## Rules to look at" in page


def test_every_cause_of_an_exit_code_has_a_rule() -> None:
    causes = {rule.cause for rule in shipped()}
    families = {f"{cause.split('.')[0]}.*" for cause in causes}
    named = {cause for code in exit_codes().values() for cause in code.causes}
    assert named - causes - families == set()


def test_177_is_not_taken_for_the_application_s_own() -> None:
    page = format_exit_code(177, shipped()) or ""
    assert "Not in the present documentation" in page
    assert page.index("restore.manifest_mismatch") < page.index("app.failed")


def test_other_codes_are_the_tools_own() -> None:
    assert "signal 6" in (explain("134", shipped()) or "")
    assert "of the tool's own" in (explain("42", shipped()) or "")


def test_rules_are_listed() -> None:
    assert format_rules(CATALOGUE, "terminal").splitlines() == [
        "FS901  error  app.license_server  The licence server did not answer",
        "FS902  error  site.quota          Over the site's quota",
    ]
    assert [rule["id"] for rule in json.loads(format_rules(CATALOGUE, "json"))] == ["FS901", "FS902"]
    assert format_rules(Catalogue({}), "terminal") == ""


def test_every_signature_source_is_explained() -> None:
    sources = {signature.source for rule in shipped() for signature in rule.signatures}
    assert sources <= set(SIGNATURE_SOURCES)


def test_reflow_fills_prose_and_leaves_the_rest() -> None:
    text = (
        "# " + "long " * 30 + "\n\n" + "word " * 30 + "\n1. " + "item " * 30 + "\n- short\n  and more\n"
        "```\n" + "code " * 30 + "\n~~~\n```\n| " + "cell " * 30 + "|\n"
    )
    lines = reflow(text).split("\n")
    assert max(len(line) for line in lines if line[:4] not in {"# lo", "code", "| ce"}) <= 80
    assert "- short and more" in lines
    assert ("code " * 30) in lines
    assert any(line.startswith("   item") for line in lines)


@given(st.text(alphabet="ab `#-1.|\n~", max_size=80))
def test_reflow_keeps_every_word(text: str) -> None:
    assert reflow(text).split() == text.split()


@pytest.mark.parametrize("rule", list(shipped()), ids=lambda r: r.id)
def test_shipped_pages_are_sound_markdown(rule: object) -> None:
    page = format_page(rule)  # type: ignore[arg-type]  # a record by its looks
    tokens = MarkdownIt("commonmark").parse(page)
    assert not any(t.type.startswith("html") for t in tokens)
    assert sum(t.type == "heading_open" and t.tag == "h1" for t in tokens) == 1


def test_generated_pages_are_written_and_checked(tmp_path: Path) -> None:
    folder = tmp_path / "rules"
    assert "FS901.md" in docs.stale(folder, CATALOGUE)
    docs.write(folder, CATALOGUE)
    assert docs.stale(folder, CATALOGUE) == []
    assert (tmp_path / "exit-codes.md").is_file()
    (folder / "FS903.md").write_text("old")
    (folder / "FS901.md").write_text("edited")
    (folder / "index.md").write_bytes(b"\xff")
    assert docs.stale(folder, CATALOGUE) == ["FS901.md", "index.md", "FS903.md"]
    docs.write(folder, CATALOGUE)
    assert docs.stale(folder, CATALOGUE) == []
    assert not (folder / "FS903.md").exists()


def test_the_command_says_what_is_stale(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert docs.main([str(tmp_path / "rules"), "--check"]) == 1
    assert "FS101.md" in capsys.readouterr().err
    assert docs.main([str(tmp_path / "rules")]) == 0
    assert docs.main([str(tmp_path / "rules"), "--check"]) == 0


def test_every_rule_is_in_an_area() -> None:
    assert {rule.id[:3] for rule in shipped()} <= set(docs.AREAS)


def test_the_list_of_rules_is_folded_to_a_terminal_and_whole_in_a_pipe() -> None:
    folded, whole = format_rules(shipped(), "terminal", 80), format_rules(shipped(), "terminal")
    assert max(map(len, folded.splitlines())) <= 80
    assert len(whole.splitlines()) == len(shipped().rules)
