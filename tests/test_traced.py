"""What a trace adds to rows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from analyzer.traced import TraceBook
from tests.fleet.made import job

ONE, TWO = "0d5b2c44-9c1e-4d27-8f35-5a1b2c3d4e5f", "1d5b2c44-9c1e-4d27-8f35-5a1b2c3d4e5f"
TRACE = f"""native_id\tname\tpeak_rss\tstatus
{ONE}\tALIGN (s 7)\t1 GB\tCOMPLETED
{TWO}\tSORT\t-\tFAILED
{TWO}\tSORT\t-\tCACHED
"""


def test_ids_and_notes(tmp_path: Path) -> None:
    path = tmp_path / "trace.txt"
    path.write_text(TRACE)
    with TraceBook() as book:
        assert book.read(path) == 2
        assert book.read(path) == 2
        assert sorted(book.ids()) == [ONE, TWO]
        assert len(book.notes) == 2


def test_rows_are_filled_where_the_evidence_did_not_tell(tmp_path: Path) -> None:
    path = tmp_path / "trace.txt"
    path.write_text(TRACE)
    bare = job(ONE, process="ALIGN_s_7", task=None, memory_peak_bytes=None)
    told = job(ONE, process="RNA:ALIGN", task="RNA:ALIGN (s 7)", memory_peak_bytes=5)
    unknown = job("another", process="ALIGN_s_7", task=None)
    with TraceBook() as book:
        book.read(path)
        assert list(book.fill([bare, told, unknown])) == [
            replace(bare, process="ALIGN", task="ALIGN (s 7)", memory_peak_bytes=2**30),
            told,
            unknown,
        ]
