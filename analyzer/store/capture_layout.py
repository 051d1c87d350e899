"""Where a store keeps captures: `_captures/...`, which pyarrow, Spark and Athena pass over for its underscore.

_captures/jobs/<job id>/<moment>.zip         a capture taken at that moment; never written again
_captures/ended/day=2026-11-21/<job id>      empty: the job ended on that day, and its last capture is there
_captures/hosts/<instance id>.json           an instance as it was seen at its Spot interruption warning
"""

from __future__ import annotations

import re
from hashlib import blake2b
from urllib.parse import quote, unquote

CAPTURES = "_captures/"
JOBS = f"{CAPTURES}jobs/"
ENDED = f"{CAPTURES}ended/"
HOSTS = f"{CAPTURES}hosts/"
ENDING = ".zip"
_LONGEST_ID = 200
"""Characters, quoted; Batch's own ids have less than fifty."""
_INSTANCE_ID = re.compile(r"i-[0-9a-f]{8,32}")
_MOMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,63}")


def quoted(job_id: str) -> str:
    """A job's id as the name of a folder or file: as a queue's in the rows' part, and never hidden."""
    name = quote(job_id, safe="", errors="replace")
    if name.startswith("."):
        name = f"%2E{name[1:]}"
    if len(name) > _LONGEST_ID:
        name = f"{name[: _LONGEST_ID - 40]}-{blake2b(job_id.encode('utf-8', 'replace'), digest_size=16).hexdigest()}"
    return name


def folder_of_job(job_id: str) -> str:
    """With a slash at its end.

    Raises:
        ValueError: there is no id.
    """
    if not job_id:
        raise ValueError("a job without an id has no place in a store")
    return f"{JOBS}{quoted(job_id)}/"


def capture_name(job_id: str, moment: str) -> str:
    """The file of a moment.

    Raises:
        ValueError: there is no id, or the moment's name is none.
    """
    if not _MOMENT.fullmatch(moment):
        raise ValueError(f"{moment[:80]!r} is no name of a moment")
    return f"{folder_of_job(job_id)}{moment}{ENDING}"


def marker_name(day: str, job_id: str) -> str:
    """The marker of a job that ended on a day, `2026-11-21`."""
    return f"{ENDED}day={day}/{quoted(job_id)}"


def job_of_marker(name: str) -> str | None:
    """The id of the job whose marker it is; None where it is no marker."""
    parts = name.removeprefix(ENDED).split("/")
    is_one = name.startswith(ENDED) and len(parts) == 2 and parts[0].startswith("day=") and parts[1]  # noqa: PLR2004 - day and job
    return unquote(parts[1], errors="replace") if is_one else None


def host_name(instance_id: str) -> str | None:
    """The file of an instance; None where that is no instance's id."""
    return f"{HOSTS}{instance_id}.json" if _INSTANCE_ID.fullmatch(instance_id) else None
