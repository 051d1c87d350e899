"""Text from outside, made safe to show: literal for the reader, harmless for the terminal and the page."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from itertools import pairwise

from analyzer.support.redaction import mask_secrets

MAX_QUOTE_CHARACTERS = 2000
"""A quoted line is cut here, whatever made it so long."""
MAX_PROSE_CHARACTERS = 4000
MAX_FIELD_CHARACTERS = 1024
"""An S3 key's greatest length."""

# Escape sequences that only move or colour: parameters are bounded, so that no text is swallowed by a lone ESC.
_CONTROL_SEQUENCE = re.compile(r"\x1b\[[0-?]{0,64}[ -/]{0,8}[@-~]")
_BLANKS = re.compile(r"[\t\n\v\f]|\r\n")
_INVISIBLE_RANGES = (
    "\x00-\x08\x0e-\x1f\x7f-\x9f\r"  # C0 and C1 controls
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"  # soft hyphen, joiners, fillers
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f"  # zero width, line ends, directions and their overrides
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ud800-\udfff"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"  # tags, supplementary variation selectors
)
INVISIBLE = re.compile(f"[{_INVISIBLE_RANGES}]")
"""One character that controls, or that nobody sees."""
_MARKDOWN = re.compile(r"[\\`*\[\]<|~$]|&(?=[#A-Za-z])|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
_MARKDOWN_AT_START = re.compile(r"[-+=>#]|\d{1,9}(?=[.)]$)")
# What a forge turns into a link, a mention or a picture after it has read the Markdown: only a code span stops that.
_MARKDOWN_LIVE = re.compile(r"@|://|www\.|#\d|(?<!\w)[!%&]\d|\bg[hl]-\d|:[a-z+-][a-z0-9_+-]*:", re.IGNORECASE)
_NO_NAME = frozenset("<`|\\")
"""Characters that no name of a job, a bucket or a file has in practice."""
_BACKTICKS = re.compile(r"`+")
_OWN_CODE = re.compile(r"`([^`]+)`")
_OPENING, _CLOSING = "([\"'", ")].,;:!?\"'"
_PARTNER = {")": "(", "]": "["}
"""Marks around a word that are not the word's own, and what tells that a closing bracket is."""


def _visible(match: re.Match[str]) -> str:
    return match[0].encode("ascii", "backslashreplace").decode() if match[0] > "\x7f" else repr(match[0])[1:-1]


def clean(text: str, limit: int | None = None) -> str:
    r"""One line that does to a terminal nothing but show itself.

    Colours and cursor movements are taken out, tabs and line ends become blanks, every other character that controls or
    that nobody sees (C0, C1, direction overrides, zero width) is written out as `\x1b` or `\u202e`. All else stays.
    At most `limit` characters, a note of what was cut included in neither.
    """
    text = _BLANKS.sub(" ", _CONTROL_SEQUENCE.sub("", text.rstrip("\r\n")))
    return _cut(INVISIBLE.sub(_visible, text), limit)


def _cut(text: str, limit: int | None) -> str:
    if limit is None or len(text) <= limit:
        return text
    return f"{text[:limit]} … ({len(text) - limit} characters more)"


def safe(text: str, limit: int | None = None) -> str:
    """`clean`, and with its secrets masked; masked before it is cut, so that half a secret is not left over."""
    return _cut(mask_secrets(clean(text)), limit)


def quote(text: str) -> str:
    """A quoted line, literally: its leading blanks are kept."""
    return safe(text, MAX_QUOTE_CHARACTERS).rstrip()


def prose(text: str) -> str:
    """A sentence or two on one line, with single blanks."""
    return _cut(" ".join(mask_secrets(clean(text)).split()), MAX_PROSE_CHARACTERS)


def field(value: object) -> str:
    """A value of any type on one line."""
    return _cut(prose(value if isinstance(value, str) else str(value)), MAX_FIELD_CHARACTERS)


def own_prose(text: str) -> str:
    """A sentence or two of the catalogue's or the advisor's own: on one line, and never masked.

    `tower.accessToken = secrets.TOWER_ACCESS_TOKEN` is advice, and no secret; whatever the advisor fills in from the
    evidence it has judged itself.
    """
    return _cut(" ".join(clean(text).split()), MAX_PROSE_CHARACTERS)


def own_lines(text: str) -> list[str]:
    """Lines of the catalogue's or the advisor's own: tabs as four blanks, nothing invisible, never masked."""
    lines = [clean(line.expandtabs(4)).rstrip() for line in text.replace("\r\n", "\n").split("\n")]
    while lines and not lines[0]:
        lines.pop(0)
    while lines and not lines[-1]:
        lines.pop()
    return lines


def _would_break(word: str) -> bool:
    """Whether escaping parts a name: `job__1` must stay findable by whoever looks for it, or replaces it."""
    marks = [] if _NO_NAME & set(word) else list(_MARKDOWN.finditer(word))
    letters = [at for at, character in enumerate(word) if character.isalnum()] if marks else []
    return bool(letters) and any(mark[0] == "_" or letters[0] < mark.start() < letters[-1] for mark in marks)


def _is_code(word: str) -> bool:
    return bool(_MARKDOWN_LIVE.search(word) or _would_break(word))


def _escape_word(word: str, cell: bool) -> str:
    if not _is_code(word) or (cell and "|" in word):
        return _escaped(word)
    start, end = _core(word)
    if not _is_code(word[start:end]):  # `:boom:` without its last colon is none
        return code_span(word)
    return _escaped(word[:start]) + code_span(word[start:end]) + _escaped(word[end:])


def _escaped(text: str) -> str:
    return _MARKDOWN.sub(r"\\\g<0>", text)


def _core(word: str) -> tuple[int, int]:
    """Where a word begins and ends without the brackets, quotes and stops around it."""
    start = len(word) - len(word.lstrip(_OPENING))
    end = len(word)
    while end > start and word[end - 1] in _CLOSING and _PARTNER.get(word[end - 1], "\0") not in word[start : end - 1]:
        end -= 1
    whole = all(word.count(c, start, end) == word.count(o, start, end) for c, o in _PARTNER.items())
    return (start, end) if whole else (0, len(word))


def escape_markdown(text: str, *, cell: bool = False) -> str:
    """One line that a Markdown renderer shows as it stands: no markup, HTML, link, mention or reference comes of it.

    Words that a forge would make a link or a mention of stand as code, and so do names that escaping would part.
    `cell`: the text goes into a table.
    """
    words = [_escape_word(word, cell) for word in text.split(" ")]
    if words and words[0] and (start := _MARKDOWN_AT_START.match(words[0])):
        # a number is no list item once the stop after it is escaped; the other marks are escaped themselves
        at = start.end() if words[0][0].isdigit() else 0
        words[0] = f"{words[0][:at]}\\{words[0][at:]}"
    return " ".join(words)


def own_markdown(text: str, *, cell: bool = False) -> str:
    """A sentence of the tool's own as `escape_markdown` shows it, but that what stands between backticks is code."""
    parts = _OWN_CODE.split(text)
    if len(parts) == 1 or (cell and "|" in text):
        return escape_markdown(text, cell=cell)
    shown = [code_span(part) if n % 2 else escape_markdown(part, cell=cell) for n, part in enumerate(parts)]
    shown = [part for part in shown if part]
    touching = any(one.endswith("`") and other.startswith("`") for one, other in pairwise(shown))
    return escape_markdown(text, cell=cell) if touching else "".join(shown)


def code_cell(text: str) -> str:
    """Text as inline code for a table; as escaped prose where it holds a bar: about those renderers disagree."""
    return escape_markdown(text, cell=True) if "|" in text else code_span(text)


def code_span(text: str) -> str:
    """Text as inline code that its own backticks cannot end."""
    if not text.strip():
        return ""
    longest = max((len(run) for run in _BACKTICKS.findall(text)), default=0)
    fence = "`" * (longest + 1)
    padding = " " if text.startswith(("`", " ")) or text.endswith(("`", " ")) else ""
    return f"{fence}{padding}{text}{padding}{fence}"


def markdown_table(head: Sequence[str], rows: Iterable[Iterable[str]], numbers: Collection[str] = ()) -> list[str]:
    """Lines of a Markdown table of cells that are escaped already; the columns of `numbers` are set to the right."""
    rule = ["---:" if name in numbers else "---" for name in head]
    return [f"| {' | '.join(cells)} |" for cells in (head, rule, *rows)]


def code_block(lines: Iterable[str], language: str = "", indent: str = "") -> list[str]:
    """Lines of a fenced block that its content cannot close."""
    content = list(lines)
    longest = max((len(run) for line in content for run in _BACKTICKS.findall(line)), default=0)
    fence = "`" * max(3, longest + 1)
    info = language if re.fullmatch(r"[a-z0-9]{1,16}", language) else ""
    return [f"{indent}{line}".rstrip() for line in (f"{fence}{info}", *content, fence)]
