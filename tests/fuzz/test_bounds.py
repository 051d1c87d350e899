"""Inputs made to take all memory or all time: a child that may have little of either reads them all."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from analyzer.evidence.store import MAX_DIRECTORY_BYTES, MAX_FILES
from analyzer.fetchers.capture_places import CapturePlaces
from analyzer.fetchers.clients import Clients
from analyzer.fetchers.local import read_all_of
from analyzer.fetchers.options import FetchOptions

ROOT = Path(__file__).parents[2]
LIMIT_BYTES = 1024 * 2**20
"""Of addresses, which libraries take a part of; what is really used must stay far below."""
PEAK_KIB = 400 * 1024
MANY = 4_000
MEMBERS_SECONDS = 30
"""Of processor time; when each member's reading read the archive's whole directory anew, it took 140."""

HOSTILE = """
import gzip, io, json, re, resource, struct, sys, zipfile
from pathlib import Path

resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[1]), int(sys.argv[1])))
folder = Path(sys.argv[2])

from analyzer.advisor.instance_catalogue import InstanceCatalogueError
from analyzer.advisor.instance_pages import read_pages
from analyzer.bundle.own_rules import OwnRulesError, read_own_rules
from analyzer.checks.user_data import read_user_data
from analyzer.classifier.catalogue import CatalogueError, read_user_rules
from analyzer.evidence.content import MemoryContent
from analyzer.fetchers.errors import FetchError
from analyzer.fetchers.local import read_all_of
from analyzer.parsers.dump_metadata import parse_dump_metadata

def refused(call, *errors):
    try:
        call()
    except errors as error:
        assert len(str(error)) < 1000, str(error)[:200]
    else:
        raise AssertionError("it was taken")

def written(name, data):
    (folder / name).write_bytes(data)
    return folder / name

# an archive's directory of 46 bytes a member, and as many members as one may claim
entry = struct.pack("<4s4B4HL2L5H2L", b"PK\\1\\2", 20, 3, 20, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"x"
count = 600_000
end = struct.pack("<4s4H2LH", b"PK\\5\\6", 0, 0, 65535, 65535, len(entry) * count, 0, 0)
archive = written("directory.zip", entry * count + end)
refused(lambda: read_all_of(archive, "x"), FetchError)

bomb = io.BytesIO()
with gzip.GzipFile(fileobj=bomb, mode="wb") as packed:
    for _ in range(600):
        packed.write(bytes(2**20))
path = written("pages.json.gz", bomb.getvalue())
refused(lambda: read_pages(path), InstanceCatalogueError)
import base64
read_user_data(base64.b64encode(bomb.getvalue()).decode())

for text in ("[" * 2**20, '{"a":' * 2**18, '{"jobId": "x", "startedAt": ' + "9" * 2**20 + "}", '"' + "x" * 2**24):
    path = written("job.json", text.encode())
    refused(lambda: read_all_of(path, "x"), FetchError)

for text in (b"a = " + b"[" * 10_000, b"a = " + b"9" * 10_000, b"# x\\n" * 2**20, b"a = " + b"{b = " * 5_000):
    path = written("rules.toml", text)
    refused(lambda: read_user_rules(path), CatalogueError)
    refused(lambda: read_own_rules(path), OwnRulesError)

for text in (b"FULL\\n" * 400_000, b'["FULL"]\\n' * 200_000, b"[" + b'"FULL",' * 30_000 + b"1]", b"x\\n" * 10**6):
    parse_dump_metadata(MemoryContent(text))

print(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])
"""


def test_memory_and_time_are_bounded(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", HOSTILE, str(LIMIT_BYTES), str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert int(done.stdout) < PEAK_KIB


def test_reading_each_member_of_an_archive_costs_no_more_with_many_of_them(tmp_path: Path) -> None:
    import zipfile

    assert MANY < MAX_FILES
    assert MAX_DIRECTORY_BYTES >= MAX_FILES * 400
    with zipfile.ZipFile(tmp_path / "many.zip", "w") as archive:
        archive.writestr("manifest.json", '{"format": "fsnap-capture/1"}')
        for number in range(MANY):
            archive.writestr(f"workdir/{number}", b"some text\n")
    (evidence,) = read_all_of(tmp_path / "many.zip", "many")
    begin = time.process_time()
    assert {b"".join(block for _, block in one.blocks()) for one in evidence.workdir.values()} == {b"some text\n"}
    assert len(evidence.workdir) == MANY
    assert time.process_time() - begin < MEMBERS_SECONDS


def test_a_pipe_or_a_link_in_place_of_a_manifest_holds_nothing_up(tmp_path: Path) -> None:
    for name in ("pipe", "link", "good"):
        (tmp_path / name).mkdir()
    os.mkfifo(tmp_path / "pipe/manifest.json")
    (tmp_path / "outside.json").write_text('{"format": "fsnap-capture/1"}')
    (tmp_path / "link/manifest.json").symlink_to(tmp_path / "outside.json")
    (tmp_path / "good/manifest.json").write_text('{"format": "fsnap-capture/1"}')
    found = CapturePlaces(Clients(FetchOptions())).pieces(str(tmp_path))
    assert list(found) == [str(tmp_path / "good")]
