"""Fuzz targets: captures, archives, stores, JSON and TOML files."""

from __future__ import annotations

import io
import json
import re
import zipfile
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from rich.console import Console

from analyzer.advisor.instance_catalogue import InstanceCatalogueError, load_catalogue, shipped_instances
from analyzer.advisor.instance_pages import read_pages
from analyzer.bundle.own_rules import OwnRulesError, read_own_rules
from analyzer.bundle.unredact import MapError, read_map
from analyzer.checks.run import run_checks
from analyzer.checks.user_data import read_user_data
from analyzer.classifier.catalogue import CatalogueError, read_user_rules, shipped
from analyzer.diagnosis import Diagnosis
from analyzer.evidence.capture import MAX_ATTEMPTS, parse_json, read_capture
from analyzer.evidence.capture_bundle import looks_like_bundle, read_bundle
from analyzer.evidence.content import iter_lines, read_all
from analyzer.evidence.environment import EnvironmentEvidence
from analyzer.evidence.model import Evidence
from analyzer.evidence.store import safe_name
from analyzer.fetchers.documents import plain
from analyzer.fetchers.errors import FetchError
from analyzer.fetchers.insights import rows_of
from analyzer.fetchers.local import read_all_of
from analyzer.fetchers.trace_file import read_trace
from analyzer.parsers.nextflow_trace import TraceReader
from analyzer.pipeline import diagnose
from analyzer.reporters.check_json import format_check_json
from analyzer.reporters.check_markdown import format_check_markdown
from analyzer.reporters.html import format_diagnosis_html
from analyzer.reporters.json_report import format_json
from analyzer.reporters.markdown import format_markdown
from analyzer.reporters.terminal import render_terminal
from analyzer.store.store import Store
from tests.checks.environments import LISTS, NAMES, fixture
from tests.fuzz.target import Target
from tests.fuzz.world import assert_shown, joined, members_of, on_disk
from tests.loopback.scenario import FIXTURES, SCENARIOS
from tests.store.places import MemoryPlace

RICH = ("window-exceeded", "survived-reclaim", "tool-java-heap", "dump-tcp-connection", "array-parent")


def assert_sound(evidence: Evidence) -> None:
    """Evidence that came of anything can be read to its end."""
    assert len(evidence.logs) <= MAX_ATTEMPTS
    for content in (*evidence.logs.values(), *evidence.workdir.values()):
        assert content.size >= 0
        assert len(read_all(content, 1000)) <= 1000
        for line in iter_lines(content):
            assert b"\n" not in line.data
    for name in evidence.workdir:
        assert safe_name(name) == name
    for entry in evidence.listing or ():
        assert safe_name(entry.key) == entry.key
        assert entry.size >= 0


def assert_told(diagnosis: Diagnosis) -> None:
    """A diagnosis of anything can be shown in every form, and none lets anything through."""
    document = json.loads(format_json([diagnosis], verbose=True))
    assert document["verdict"]["cause"]
    assert document["findings"] or document["verdict"]["confidence"] != "certain"
    screen = io.StringIO()
    render_terminal([diagnosis], Console(file=screen, width=100), verbose=True)
    for text in (screen.getvalue(), format_markdown([diagnosis], verbose=True)):
        assert_shown(text)


def capture(data: bytes) -> None:
    assert_sound(read_capture(members_of(data), "fuzz"))


def diagnosis(data: bytes) -> None:
    assert_told(diagnose(read_capture(members_of(data), "fuzz"), shipped()))


def page(data: bytes) -> None:
    text = format_diagnosis_html([diagnose(read_capture(members_of(data), "fuzz"), shipped())], verbose=True)
    assert_shown(text)
    assert len(re.findall(r"<script", text)) <= 1


def bundle(data: bytes) -> None:
    files = members_of(data)
    if looks_like_bundle(files):
        for evidence in read_bundle(files, "fuzz"):
            assert_sound(evidence)


def _read(path: Path) -> tuple[Evidence, ...]:
    """What a file holds; nothing where a sentence says that it holds nothing."""
    sentence = ""
    try:
        return read_all_of(path, "fuzz")
    except FetchError as error:
        sentence = str(error)
    assert sentence.startswith("fuzz: ")
    return ()


def archive(data: bytes) -> None:
    for evidence in _read(on_disk("archive.zip", data)):
        try:
            assert_sound(evidence)
        except OSError:
            continue  # a damaged member: whoever reads it makes a gap of it
        assert_told(diagnose(evidence, shipped()))


def job_file(data: bytes) -> None:
    for evidence in _read(on_disk("job.json", data)):
        assert_told(diagnose(evidence, shipped()))


def log_file(data: bytes) -> None:
    for evidence in _read(on_disk(".command.log" if data[:1] < b"m" else "dump.log", data)):
        assert_told(diagnose(evidence, shipped()))


def json_answer(data: bytes) -> None:
    try:
        document = parse_json(data)
    except ValueError:
        return
    json.dumps(plain(document), allow_nan=False)
    for row in rows_of(document):
        assert all(isinstance(part, str) for pair in row.items() for part in pair)
    read_user_data(document)


def environment(data: bytes) -> None:
    try:
        document = parse_json(data)
    except ValueError:
        return
    if not isinstance(document, dict):
        return
    members: dict[str, Any] = {}
    for name in LISTS:
        given = document.get(name)
        members[name] = tuple(one for one in given if isinstance(one, dict)) if isinstance(given, list) else ()
    job, queue = document.get("job"), document.get("job_queue")
    evidence = EnvironmentEvidence(target="fuzz", kind="queue", region="eu-west-1", checked_at="2026-11-01T00:00:00Z")
    evidence = replace(
        evidence,
        job=job if isinstance(job, dict) else None,
        job_queue=queue if isinstance(queue, dict) else None,
        **members,
    )
    report = run_checks(evidence, shipped_instances(), None)
    json.loads(format_check_json(report))
    assert_shown(format_check_markdown(report))


def user_data(data: bytes) -> None:
    settings = read_user_data(data.decode("latin-1"))
    assert settings is None or settings.stop_seconds is None or settings.stop_seconds >= 0


def rules_file(data: bytes) -> None:
    try:
        rules = read_user_rules(on_disk("rules.toml", data))
    except CatalogueError:
        return
    merged = shipped().with_rules(rules)
    assert all(rule.id.startswith("FS9") for rule in rules.values())
    assert set(rules) <= set(merged.rules)


def own_rules(data: bytes) -> None:
    try:
        rules = read_own_rules(on_disk("own.toml", data))
    except OwnRulesError:
        return
    rules.keeps("bucket-1 " * 100)
    if rules.redacted is not None:
        rules.redacted.sub("x", "acme-alpha " * 100)


def instances_file(data: bytes) -> None:
    try:
        catalogue = load_catalogue(on_disk("instances.json", data))
    except InstanceCatalogueError:
        return
    assert all(name == one.name and one.memory_bytes > 0 for name, one in catalogue.types.items())


def recorded_instances(data: bytes) -> None:
    try:
        found = read_pages(on_disk("pages.json.gz", data))
    except InstanceCatalogueError:
        return
    shipped_instances().with_documents(found)


def mapping_file(data: bytes) -> None:
    try:
        read = read_map(on_disk("ticket.map.json", data))
    except MapError:
        return
    read.text("job-1 bucket-1 host-1 " + " ".join(read.originals))


def trace_file(data: bytes) -> None:
    reader = TraceReader("trace.txt")
    try:
        count = sum(1 for _ in read_trace(on_disk("trace.txt", data), reader))
    except FetchError:
        return
    assert count == reader.read


def store(data: bytes) -> None:
    place = MemoryPlace()
    place.files["day=2026-11-21/queue=q/part-00000000.parquet"] = data
    opened = Store(place)
    jobs = list(opened.rows())
    assert all(row.day == "2026-11-21" for rows in jobs for row in rows)
    assert len(opened.done()) <= sum(map(len, jobs)) or opened.notes


@cache
def _members(scenario: str) -> dict[str, bytes]:
    folder = SCENARIOS / scenario / "capture"
    paths = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes()[:3000] for path in paths}


def _captures() -> list[bytes]:
    return [joined(_members(name)) for name in RICH if (SCENARIOS / name).is_dir()]


def _bundles() -> list[bytes]:
    inner = {f"captures/1-job/{name}": data for name, data in _members(RICH[0]).items()}
    return [joined({"manifest.json": b'{"format": "fsnap-bundle/1"}', **inner}), joined(inner)]


def zipped(members: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, data in members.items():
            opened.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def _archives() -> list[bytes]:
    small = {"manifest.json": b'{"format": "fsnap-capture/1"}', "job.json": b'{"jobId": "x", "status": "FAILED"}'}
    return [zipped(small), zipped({"a/.exitcode": b"137", "a/.command.log": b"Killed\n"}), zipped(_members(RICH[2]))]


def _environments() -> list[bytes]:
    chosen = [fixture(name) for name in NAMES[:: max(1, len(NAMES) // 6)]]
    return [json.dumps(dict(one.documents)).encode()[:16_000] for one in chosen]


def _jobs() -> list[bytes]:
    return [data for name in RICH if (data := _members(name).get("job.json"))]


_JSON = (b'{"', b'":', b"null", b"[[", b"]]", b"-1", b"1e999", b"9" * 30, b'"\\ud800"', b'"\\u202e"', b"true")
_NAMES = tuple(
    b"\n=== %s\n" % name.encode()
    for name in ("manifest.json", "job.json", "logs/1.jsonl", "workdir/.command.log", "workdir.listing.jsonl")
)
_FIELDS = (b'"slices"', b'"left_out"', b'"attempts"', b'"statusReason"', b'"size"', b'"container"', b'"exitCode"')
_USER_DATA = b"TUlNRS1WZXJzaW9uOiAxLjAKQ29udGVudC1UeXBlOiBtdWx0aXBhcnQvbWl4ZWQ7IGJvdW5kYXJ5PSJiIgoKLS1iCgojIS9iaW4vc2gK"
_RULE = b"""[[rule]]
id = "FS901"
cause = "task.own"
title = "Mine"
means = "x"
what_to_do = "y"
[[rule.signature]]
source = "task log"
text = "mine"
pattern = "mine (?P<n>[0-9]+)"
"""

TARGETS = {
    "archive": Target(archive, _archives, (b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x06", b"../", b"\xff\xff\xff\xff")),
    "bundle": Target(bundle, _bundles, (*_NAMES, *_JSON, *_FIELDS)),
    "capture": Target(capture, _captures, (*_NAMES, *_JSON, *_FIELDS), largest=32 * 1024),
    "diagnosis": Target(diagnosis, _captures, (*_NAMES, *_JSON, *_FIELDS), largest=32 * 1024),
    "environment": Target(environment, _environments, _JSON),
    "instances_file": Target(
        instances_file,
        lambda: [(FIXTURES.parent / "analyzer/data/instance-types.json").read_bytes()[:4000]],
        _JSON,
    ),
    "job_file": Target(job_file, _jobs, (*_JSON, *_FIELDS)),
    "json_answer": Target(json_answer, lambda: [b'[[{"field": "@timestamp", "value": "1"}]]', *_jobs()], _JSON),
    "log_file": Target(
        log_file,
        lambda: [data for name, data in _members(RICH[0]).items() if name.endswith(".log")],
        (b"Error (", b"\n"),
    ),
    "mapping_file": Target(
        mapping_file, lambda: [b'{"format": "fsnap-bundle-map/1", "stand_ins": {"job-1": "real"}}'], _JSON
    ),
    "own_rules": Target(own_rules, lambda: [b'keep = ["acme-*"]\nredact = ["secret-*-project"]\n'], (b"*", b'"', b"[")),
    "page": Target(page, _captures, (*_NAMES, *_JSON, *_FIELDS, b"<script>", b"</style>"), largest=32 * 1024),
    "recorded_instances": Target(
        recorded_instances, lambda: [b'{"InstanceTypes": [{"InstanceType": "m5.large"}]}'], _JSON
    ),
    "rules_file": Target(rules_file, lambda: [_RULE], (b"[[rule]]\n", b"[[rule.signature]]\n", b"pattern = ", b'"""')),
    "store": Target(
        store,
        lambda: [path.read_bytes() for path in sorted(FIXTURES.glob("store/**/*.parquet"))][:3],
        (b"PAR1",),
        64 * 1024,
    ),
    "trace_file": Target(trace_file, lambda: [b"task_id\tnative_id\tname\n1\tx\ty\n"], (b"\t", b"\n")),
    "user_data": Target(user_data, lambda: [_USER_DATA, b"#cloud-config\n"], (b"boundary=", b"H4sI", b"IyEv")),
}
