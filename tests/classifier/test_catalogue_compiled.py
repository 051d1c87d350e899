"""The compiled catalogue says what the TOML files say, and is used for no others."""

from __future__ import annotations

from pathlib import Path

from analyzer.classifier.catalogue import Catalogue, parsed, shipped
from analyzer.classifier.catalogue_compiled import COMPILED, compiled, load, sources

STALE = "analyzer/data/catalogue.json is not what the TOML files beside it say: run `make docs`"


def test_the_shipped_one_is_what_the_toml_files_say() -> None:
    rules = parsed(sources())
    assert COMPILED.read_text("utf-8") == compiled(rules.values(), sources()), STALE
    assert shipped() == Catalogue(rules)
    assert list(shipped().rules) == list(rules)


def test_it_is_used_for_no_other_files_than_it_was_made_of(tmp_path: Path) -> None:
    files, place = sources(), tmp_path / "catalogue.json"
    place.write_bytes(COMPILED.read_bytes())
    assert load(files, place) == shipped().rules
    for other in (
        files | {"host.toml": files["host.toml"] + b"\n"},
        {name: content for name, content in files.items() if name != "host.toml"},
        files | {"more.toml": b""},
    ):
        assert load(other, place) is None


def test_one_that_is_missing_or_damaged_is_not_used(tmp_path: Path) -> None:
    place = tmp_path / "catalogue.json"
    assert load(sources(), place) is None
    place.write_bytes(COMPILED.read_bytes()[:1000])
    assert load(sources(), place) is None
