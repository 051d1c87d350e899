"""What a job's environment shows to be secret is masked wherever it stands."""

from __future__ import annotations

import json
from pathlib import Path

from analyzer.support.known_secrets import known_secrets, mask_known
from tests.command import Command

PASSWORD = "hunter2hunter2"  # noqa: S105 - made up
JOB = {
    "jobId": "x",
    "status": "FAILED",
    "container": {
        "environment": [{"name": "DB_PASSWORD", "value": PASSWORD}, {"name": "FUSION_WORK", "value": "/fusion/s3/b/w"}]
    },
    "attempts": [{"container": {"exitCode": 1}, "statusReason": "Essential container in task exited"}],
}


def test_values_are_known_by_their_names_and_masked_in_any_text() -> None:
    secrets = known_secrets(JOB, None)
    assert secrets == (PASSWORD,)
    assert mask_known({"a": [f"login with {PASSWORD} refused"]}, secrets) == {"a": ["login with [masked] refused"]}


def _capture(folder: Path) -> Path:
    (folder / "logs").mkdir(parents=True)
    (folder / "manifest.json").write_text(json.dumps({"format": "fsnap-capture/1", "target": "x", "gaps": []}))
    (folder / "job.json").write_text(json.dumps(JOB))
    (folder / "logs/1.jsonl").write_text(
        json.dumps({"timestamp": 1, "message": f"ERROR: login as app with {PASSWORD} refused"})
    )
    return folder


def test_neither_screen_nor_json_nor_capture_shows_one(command: Command, tmp_path: Path) -> None:
    capture = _capture(tmp_path / "capture")
    texts = [command(capture, "--format", f, "--verbose").out for f in ("terminal", "json", "jsonl", "markdown")]
    assert all("login as app with [masked] refused" in text for text in texts)
    assert command("capture", capture, "-o", tmp_path / "again").status == 0
    texts += [path.read_text() for path in (tmp_path / "again").rglob("*") if path.is_file()]
    assert not any(PASSWORD in text for text in texts)


def test_a_capture_of_it_replays_to_the_same_diagnosis(command: Command, tmp_path: Path) -> None:
    capture = _capture(tmp_path / "capture")
    command("capture", capture, "-o", tmp_path / "again.zip")
    first, second = (command.json(target).document() for target in (capture, tmp_path / "again.zip"))
    assert {**first, "target": None} == {**second, "target": None}
