from __future__ import annotations

import gzip
import json
from dataclasses import fields
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.advisor.instance_catalogue import (
    FORMAT,
    MAX_BYTES,
    SHIPPED,
    InstanceCatalogue,
    InstanceCatalogueError,
    from_documents,
    load_catalogue,
    read_catalogue,
    shipped_instances,
    write_catalogue,
)
from analyzer.advisor.instance_pages import pages_of, read_pages
from analyzer.advisor.instance_record import MEMBERS
from analyzer.advisor.instance_types import InstanceType
from analyzer.data import shipped_text
from tests.advisor.test_instance_record import GOOD
from tests.advisor.test_instance_types import JSON, described

RECORDED = Path(str(files("moto") / "ec2/resources/instance_types.json.gz"))
"""What moto has of EC2's answers: the source of the shipped catalogue."""


def written(**more: Any) -> str:
    head = {"format": FORMAT, "source": "test", "date": "2026-10-27", "region": None, "columns": list(MEMBERS)}
    return json.dumps({**head, "types": [GOOD], **more})


def test_the_shipped_catalogue_is_what_its_source_gives_again() -> None:
    shipped = shipped_instances()
    again = from_documents(read_pages(RECORDED), source=shipped.source, date=shipped.date)
    assert write_catalogue(again) == (files("analyzer.data") / "instance-types.json").read_text("utf-8")


def test_the_source_names_the_version_that_was_read() -> None:
    from moto import __version__

    assert f"moto {__version__} " in shipped_instances().source


def test_no_type_of_the_source_is_lost() -> None:
    names = json.loads(gzip.decompress(RECORDED.read_bytes())).keys()
    assert shipped_instances().types.keys() == names
    assert len(names) == 1395


def test_known_types_have_the_figures_that_aws_publishes() -> None:
    shipped = shipped_instances()
    figures = {
        name: (kind.vcpus, kind.memory_mib / 1024, kind.baseline_gbps, kind.nvme_gb)
        for name in ("c6id.4xlarge", "c6id.8xlarge", "r6id.2xlarge", "m6id.8xlarge", "m6idn.4xlarge")
        if (kind := shipped.get(name))
    }
    assert figures == {
        "c6id.4xlarge": (16, 32, 6.25, 950),
        "c6id.8xlarge": (32, 64, 12.5, 1900),
        "r6id.2xlarge": (8, 64, 3.125, 474),
        "m6id.8xlarge": (32, 128, 12.5, 1900),
        "m6idn.4xlarge": (16, 64, 25.0, 950),
    }


def test_a_row_has_the_members_in_their_own_order() -> None:
    assert tuple(field.name for field in fields(InstanceType)) == MEMBERS


def test_the_shipped_catalogue_stands_the_checks_that_anybodys_has_to() -> None:
    assert read_catalogue(shipped_text(SHIPPED), SHIPPED) == shipped_instances()


def test_every_shipped_type_has_a_bandwidth_and_an_architecture() -> None:
    kinds = shipped_instances().types.values()
    assert [kind.name for kind in kinds if not kind.baseline_gbps or not kind.architectures] == []


def test_types_families_and_batchs_bundles_expand() -> None:
    shipped = shipped_instances()
    assert {kind.name for kind in shipped.expand(["r6id.large"])} == {"r6id.large"}
    assert {kind.family for kind in shipped.expand(["r6id", "c6id.*", "no-such"])} == {"r6id", "c6id"}
    assert {kind.family for kind in shipped.expand(["optimal"])} >= {"m6i", "c6i", "r6i"}
    assert shipped.expand(["nothing"]) == ()


@pytest.mark.parametrize(
    ("name", "near"), [("r6id.4xlarg", "r6id.4xlarge"), ("R6ID.4XLARGE", "r6id.4xlarge"), ("r6idd", "r6id")]
)
def test_a_misspelt_name_has_near_ones(name: str, near: str) -> None:
    assert near in shipped_instances().near(name)
    assert shipped_instances().near("x" * 100_000) == ()


def test_the_evidences_own_figures_win() -> None:
    told = shipped_instances().with_documents([described(MemoryInfo={"SizeInMiB": 1024}), "nothing", None])
    kind = told.get("r6id.4xlarge")
    assert kind is not None
    assert kind.memory_mib == 1024
    assert len(told.types) == len(shipped_instances().types)


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    catalogue = from_documents([described()], source="a test", date="2026-10-27", region="eu-west-1")
    path = tmp_path / "types.json"
    path.write_text(write_catalogue(catalogue))
    assert load_catalogue(path) == catalogue
    assert sum("r6id.4xlarge" in line for line in path.read_text().splitlines()) == 1


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "no JSON"),
        ("{", "no JSON"),
        ("[" * 100_000, "no JSON"),
        ('{"format": ' + "9" * 5000 + "}", "no JSON"),
        ("[]", "no catalogue"),
        ('{"InstanceTypes": []}', "no catalogue"),
        (written(format="fsnap-instances/9"), "no catalogue"),
        (written(columns=["name"]), "columns"),
        (written(types=[]), "no list"),
        (written(types={"r6id.large": GOOD}), "no list"),
        (written(types=[None]), "type 1"),
        (written(types=[GOOD, [*GOOD[:-1], 7]]), "type 2 cannot be used, its accelerated is not true or false"),
        (written(types=[["r6id.large", 2, float("nan"), *GOOD[3:]]]), "its memory_mib is not"),
        (written(types=[[*GOOD[:5], 1e999, *GOOD[6:]]]), "its baseline_gbps is not"),
        (written(source=7), "source, date or region"),
        (written(date="yesterday"), "source, date or region"),
        (written(date=None), "source, date or region"),
        (written(region="\x1b[31m"), "source, date or region"),
    ],
)
def test_a_file_that_is_none_ends_in_one_sentence_that_names_it(content: str, why: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    path.write_text(content)
    with pytest.raises(InstanceCatalogueError, match=why) as failure:
        load_catalogue(path)
    assert str(failure.value).startswith(f"{path}: ")
    assert "\n" not in str(failure.value)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(InstanceCatalogueError, match="No such file"):
        load_catalogue(tmp_path / "missing")
    with pytest.raises(InstanceCatalogueError, match="directory"):
        load_catalogue(tmp_path)
    with pytest.raises(InstanceCatalogueError, match="cannot be read"):
        load_catalogue(Path("a\0b"))
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InstanceCatalogueError, match="no JSON"):
        load_catalogue(tmp_path / "binary")
    (tmp_path / "large").write_bytes(b" " * (MAX_BYTES + 1))
    with pytest.raises(InstanceCatalogueError, match="too large"):
        load_catalogue(tmp_path / "large")


def outcome(content: str) -> InstanceCatalogue | str:
    try:
        return read_catalogue(content, "mine.json")
    except InstanceCatalogueError as error:
        return str(error)


@given(st.dictionaries(st.sampled_from(["format", "source", "date", "region", "columns", "types"]), JSON))
def test_no_head_crashes(wrong: dict[str, Any]) -> None:
    told = outcome(written(**wrong))
    if isinstance(told, str):
        assert told.startswith("mine.json: ")
    else:
        assert read_catalogue(write_catalogue(told), "again") == told


@given(st.integers(0, len(GOOD) - 1), JSON)
def test_no_value_crashes_or_passes_unseen(place: int, value: Any) -> None:
    told = outcome(written(types=[[*GOOD[:place], value, *GOOD[place + 1 :]]]))
    if isinstance(told, str):
        assert f"its {MEMBERS[place]} is not" in told
    else:
        (kind,) = told.types.values()
        assert kind.vcpus > 0
        assert kind.memory_mib > 0
        assert kind.baseline_gbps is None or 0 < kind.baseline_gbps < float("inf")


PAGE = {"InstanceTypes": [described(), described(InstanceType="r6id.large")]}


@pytest.mark.parametrize(
    "document",
    [PAGE, [PAGE], [{"InstanceTypes": [t]} for t in PAGE["InstanceTypes"]], PAGE["InstanceTypes"],
     {t["InstanceType"]: t for t in PAGE["InstanceTypes"]}],
    ids=["the CLI's", "a list of pages", "two pages", "types", "by name"],
)  # fmt: skip
def test_recorded_answers_in_each_of_their_forms(document: Any) -> None:
    assert [one["InstanceType"] for one in pages_of(document)] == ["r6id.4xlarge", "r6id.large"]


@given(JSON)
def test_no_recorded_answer_crashes(document: Any) -> None:
    assert all(isinstance(one, dict) for one in pages_of(document))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "no JSON"),
        (b"\xff", "no JSON"),
        (b"{}", "no list"),
        (b'"text"', "no list"),
        (b"\x1f\x8b\x08broken", "cannot be read"),
        (gzip.compress(b"{}", mtime=0)[:-4], "cannot be read"),
        (gzip.compress(b"[" * 100_000), "no JSON"),
        (gzip.compress(b" " * (33 * 2**20)), "too large"),
    ],
)
def test_recorded_answers_that_are_none_end_in_one_sentence(content: bytes, why: str, tmp_path: Path) -> None:
    path = tmp_path / "pages.json"
    path.write_bytes(content)
    with pytest.raises(InstanceCatalogueError, match=why) as failure:
        read_pages(path)
    assert str(failure.value).startswith(f"{path}: ")


def test_recorded_answers_may_be_compressed(tmp_path: Path) -> None:
    path = tmp_path / "pages.json.gz"
    path.write_bytes(gzip.compress(json.dumps(PAGE).encode()))
    assert len(read_pages(path)) == 2
