"""The live view of queues that are watched, for a terminal of any size."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.advisor.window import WINDOW_SECONDS
from analyzer.classifier.units import bytes_text
from analyzer.fleet.board import ORDER, BoardRow, BoardView
from analyzer.reporters.brief import shortened
from analyzer.reporters.text import field, prose

if TYPE_CHECKING:
    from rich.text import Text

_STYLES = {
    "dumping": "bold yellow",
    "reclaimed": "yellow",
    "restored": "cyan",
    "failed": "red",
    "survived": "green",
    "running": "",
}
_LEAST_ROWS = 6
_LEAST_NAME, _MOST_NAME = 12, 44
_NARROW = 60
_WAITING = ("SUBMITTED", "PENDING", "RUNNABLE")


def lines(view: BoardView, now_ms: int, width: int, height: int) -> list[tuple[str, str]]:
    """(style, text) of each line: no wider and no more than there is room.

    Args:
        view: what is shown.
        now_ms: epoch milliseconds.
        width: of the terminal, in columns.
        height: of the terminal, in rows; a quarter of them stays free for what happened last.
    """
    room = max(1, min(height - 1, max(_LEAST_ROWS, height * 3 // 4)))
    head = [("bold", line) for line in _head(view)]
    rows = list(view.rows)
    total = sum(view.urgencies.values())
    left = room - len(head)
    if total > left:
        rows = rows[: max(0, left - 1)]
    name = _name_width(rows, width)
    told = [(_STYLES[row.urgency], _line(row, now_ms, name)) for row in rows]
    if total > len(rows):
        told.append(("dim", _more(view, rows)))
    return [(style, _cut(text, width)) for style, text in [*head, *told][:room]]


def text_of(view: BoardView, now_ms: int, width: int, height: int) -> Text:
    """The same for rich, which knows what the terminal can show."""
    from rich.text import Text

    text = Text(no_wrap=True, overflow="crop", end="")
    for number, (style, line) in enumerate(lines(view, now_ms, width, height)):
        text.append(("\n" if number else "") + line, style=style or None)
    return text


def _head(view: BoardView) -> list[str]:
    states = view.states
    waiting = sum(states.get(one, 0) for one in _WAITING)
    named = ", ".join(field(name) for name in view.queues[:3])
    queues = f"{named} and {len(view.queues) - 3} more" if len(view.queues) > 3 else named  # noqa: PLR2004 - as above
    going = f"{states.get('RUNNING', 0):,} running, {states.get('STARTING', 0):,} starting, {waiting:,} waiting"
    since = view.happened
    went_well = since.get("succeeded", 0) + since.get("recovered", 0)
    so_far = (
        f"kept since the start: lost hosts {since.get('lost', 0):,}, survived {since.get('survived', 0):,}, "
        f"failed {since.get('failed', 0):,}, went well {went_well:,}"
    )
    return [f"{view.looked_at}  {going}  {queues}", so_far]


def _more(view: BoardView, rows: list[BoardRow]) -> str:
    shown = {kind: sum(row.urgency == kind for row in rows) for kind in ORDER}
    rest = {kind: view.urgencies.get(kind, 0) - shown[kind] for kind in ORDER}
    return "and " + ", ".join(f"{count:,} {kind}" for kind, count in rest.items() if count > 0)


def _name_width(rows: list[BoardRow], width: int) -> int:
    longest = max((len(_name(row)) for row in rows), default=_LEAST_NAME)
    share = width // 3 if width >= _NARROW else _LEAST_NAME
    return max(_LEAST_NAME, min(longest, _MOST_NAME, share))


def _name(row: BoardRow) -> str:
    return field(row.name) or field(row.job_id)


def _line(row: BoardRow, now_ms: int, width: int) -> str:
    name = _name(row)
    # names of one pipeline begin alike: their end tells them apart
    shown = name if len(name) <= width else f"…{name[1 - width :]}"
    return f"{row.urgency:<9}  {shown:<{width}}  {field(row.job_id)[:8]}  {_detail(row, now_ms)}"


def _detail(row: BoardRow, now_ms: int) -> str:
    progress = row.progress
    if row.told is not None:
        return _told(row)
    if row.urgency == "dumping" and progress is not None:
        spent = f"{_seconds(row.since, now_ms):.0f} s of {WINDOW_SECONDS:.0f} s, " if row.since else ""
        return f"dump {progress.number}: {spent}{bytes_text(progress.bytes_there)}"
    if row.urgency == "reclaimed":
        return f"attempt {row.attempt - 1} lost its host; waits for another"
    begun = f"attempt {row.attempt}, {_since(row.since, now_ms)}"
    if row.urgency == "restored" and progress is not None:
        return f"from dump {progress.restored}; {begun}"
    if progress is not None and progress.kind == "PRE":
        going = " goes on" if progress.goes_on else ""
        return f"{begun}; pre-dump {progress.number}{going}, {bytes_text(progress.bytes_there)}"
    return begun


def _told(row: BoardRow) -> str:
    told = row.told
    if told is None:
        return ""
    if told.kind == "failed":
        verdict = told.diagnosis.verdict if told.diagnosis else None
        return f"{field(verdict.cause)}: {prose(verdict.title)}" if verdict else shortened(prose(told.fault or ""), 100)
    lost = told.lost_hosts
    return f"{lost} lost host{'' if lost == 1 else 's'}, {told.attempts} attempts"


def _seconds(since: int | None, now_ms: int) -> float:
    return max(0.0, (now_ms - since) / 1000) if since is not None else 0.0


def _since(since: int | None, now_ms: int) -> str:
    if since is None:
        return "just begun"
    minutes = int(_seconds(since, now_ms) // 60)
    return f"{minutes // 60} h {minutes % 60:02} min" if minutes >= 60 else f"{minutes} min"  # noqa: PLR2004 - of an hour


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: max(0, width - 1)]}…"
