"""People, patients and samples told by a label in front of them: in messages of tools, listings, directories."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import partial

from analyzer.bundle.arns import Resolve
from analyzer.bundle.data_files import NAME, is_common
from analyzer.bundle.hosts import PUBLIC_ACCOUNTS
from analyzer.bundle.spellings import is_public
from analyzer.bundle.vocabulary import is_ordinary

_VALUE = r"[^\W_][\w.+-]{0,99}"
_QUOTE = r"\\{0,3}[\"']?"
_PERSONS = ("patient", "proband", "participant", "donor")
_SUBJECT = re.compile(
    rf"(?i)(?<![A-Za-z0-9])(?P<head>(?P<subject>sample|specimen|subject|individual|tumou?r|normal|{'|'.join(_PERSONS)})"
    rf"(?:[ _-]?(?:sample|id|name|nr|no|number|alias)(?![a-z])){{0,2}}"
    rf"{_QUOTE}(?P<mark>[ \t]{{0,3}}[:=][ \t]{{0,3}}|[ \t]{{1,3}}){_QUOTE})(?P<value>{_VALUE})"
)
_OF_READS = re.compile(
    rf"(?P<head>(?<![A-Za-z0-9])(?:RG(?:SM|ID|LB|PU)[= ]|--outFileNamePrefix[ =]|\[id: ?)[\"']?)(?P<value>{_VALUE})"
)
"""Picard's read groups, STAR's prefix and the maps that pipelines carry a sample's properties in."""
_TASK = re.compile(
    r"(?P<head>(?:process > |[Pp]rocess [`']|\bname: )[A-Za-z0-9_:]{1,256} \()(?P<value>[^()\n]{1,128})(?=\))"
)
_LISTED = re.compile(
    r"(?P<head>(?<![\w-])[-dlcbps](?:[r-][w-][xsStT-]){3}[.+@]?[ \t]{1,8}\d{1,6}[ \t]{1,8})"
    r"(?P<user>[A-Za-z_][\w.-]{0,31})(?P<gap>[ \t]{1,32})(?P<group>[A-Za-z_][\w.-]{0,31})(?=[ \t]{1,32}\d)"
)
_ID = re.compile(r"(?P<head>(?:\b(?P<what>e?[ug]id|groups)=|,)\d{1,10}\()(?P<value>[A-Za-z_][\w.-]{0,63})(?=\))")
_DIRECTORY = re.compile(
    r"(?i)(?<![\w=])(?:(?:cn|ou|uid|o|l|st|c)=[^,=\n\"'<>]{1,64}, ?){0,8}dc=[\w-]{1,63}(?:, ?dc=[\w-]{1,63}){0,5}"
)
_DATABASE = re.compile(
    r"(?P<head>(?:(?:postgres(?:ql)?|mysql|mariadb|mongodb|redshift|clickhouse)(?:\+\w{1,16})?://[^\s/\"'<>]{1,300}/"
    r"|(?<![A-Za-z0-9])(?i:db_?name|database_?name)[ ]?=[ ]?[\"']?|@(?://)?[\w.-]{1,253}:\d{2,5}/))"
    r"(?P<value>[A-Za-z]\w{2,62})(?![\w/.])"
)
_BIRTH = re.compile(
    rf"(?i)(?<![a-z])(?:geb(?:\.|oren(?: am)?|urtsdatum)|dob|date[ _-]?of[ _-]?birth|birth[ _-]?da(?:te|y)){_QUOTE}"
    rf"[ \t]{{0,3}}[:=]?[ \t]{{0,3}}{_QUOTE}\d{{1,4}}[./-]?\d{{1,2}}[./-]?\d{{2,4}}(?!\d)"
)
_RECORD = re.compile(
    r"(?<![A-Za-z0-9])(?:MRN|NHS (?:[Nn]o\.?|[Nn]umber)|(?:Fall|Patient(?:en)?|Versicherten)-?(?:[Nn]r\.?|[Nn]ummer|ID)"
    r"|Tel(?:efon)?\.?|[Pp]hone|Fax|Durchwahl|IBAN)[ \t]{0,3}[:=]?[ \t]{0,3}"
    r"[A-Z(+]{0,3}\d[\d ()/-]{3,30}\d(?![A-Za-z0-9])"
)
_WRITER = re.compile(
    r"(?P<value>(?<![^\W\d_])[^\W\d_][^\W\d_]{1,30}(?:[ ][^\W\d_][\w.-]{0,30}){1,3})"
    r"(?=[ ]<[\w.+-]{1,64}@[\w.-]{1,253}>)"
)
_TITLED = re.compile(
    r"(?P<head>(?<!\w)(?:(?:Prof|Dr|PD|Mr|Mrs|Ms)\.[ ]{1,2}|(?:Herrn?|Frau)[ ]){1,3}(?:(?:med|rer|nat)\.[ ]{1,2}){0,3})"
    r"(?P<value>[A-Z\u00c0-\u00de][^\W\d_]{2,30}(?:[ -][A-Z\u00c0-\u00de][^\W\d_]{2,30}){0,2})"
)
_SUBJECT_HINTS = (
    *("ample", "AMPLE", "atient", "ATIENT", "pecimen", "ubject", "UBJECT", "ndividual", "umor", "UMOR", "umour"),
    *("ormal", "ORMAL", "roband", "articipant", "onor"),
)
_MODES = ("r--", "rw-", "r-x", "rwx", "---", "--x", "r-s", "r-t", "rwt")
"""Ends of what a listing says of who may do what."""
_FEWEST_DIGITS = 5
"""Of a patient's number; fewer count something."""


Place = tuple[tuple[str, ...], re.Pattern[str], Callable[[re.Match[str], Resolve], str]]
"""(texts of which one stands wherever the pattern may match, the pattern, what is shown instead of a match)"""


def disguised_labels(text: str, resolve: Resolve) -> str:
    """The text with everything replaced that a label tells to be somebody."""
    return disguised_places(text, _LABELS, resolve)


def disguised_places(text: str, places: Iterable[Place], resolve: Resolve) -> str:
    """The text with what stands in each of the places replaced; a pattern is tried only where a hint of it stands."""
    for hints, pattern, replaced in places:
        if any(map(text.__contains__, hints)):
            text = pattern.sub(partial(_told, replaced=replaced, resolve=resolve), text)
    return text


def _told(match: re.Match[str], replaced: Callable[[re.Match[str], Resolve], str], resolve: Resolve) -> str:
    return replaced(match, resolve)


def _is_somebodys(value: str) -> bool:
    return not (is_common(value) or is_public(value) or is_ordinary(value) or NAME.fullmatch(value))


def _subject(match: re.Match[str], resolve: Resolve) -> str:
    value, person, marked = (
        match["value"].rstrip(".-+"),
        match["subject"].lower() in _PERSONS,
        bool(match["mark"].strip()),
    )
    rest = match["value"][len(value) :]
    if value.isdigit():
        # a number alone is nobody's: what it is the number of is a part of the name
        told = person and marked and len(value) >= _FEWEST_DIGITS
        return resolve("patient", match[0][: len(match[0]) - len(rest)]) + rest if told else match[0]
    digits = any(c.isdigit() for c in value)
    parted = any(c in "_-" or c.isupper() for c in value)
    capital = person and value[0].isupper() and value[1:2].islower()
    told = capital or (parted and digits) or (marked and (digits or "_" in value or "-" in value))
    return match["head"] + resolve("sample", value) + rest if told and _is_somebodys(value) else match[0]


def _named(kind: str) -> Callable[[re.Match[str], Resolve], str]:
    def replaced(match: re.Match[str], resolve: Resolve) -> str:
        value = match["value"].rstrip(".")
        if not _is_somebodys(value):
            return match[0]
        start, end = match.start("value") - match.start(), match.start("value") - match.start() + len(value)
        return match[0][:start] + resolve(kind, value) + match[0][end:]

    return replaced


def _account(kind: str, value: str, resolve: Resolve) -> str:
    return value if value.lower() in PUBLIC_ACCOUNTS else resolve(kind, value)


def _listed(match: re.Match[str], resolve: Resolve) -> str:
    user, group = _account("user", match["user"], resolve), _account("team", match["group"], resolve)
    return f"{match['head']}{user}{match['gap']}{group}"


def _id(match: re.Match[str], resolve: Resolve) -> str:
    return match["head"] + _account("user" if match["what"] in ("uid", "euid") else "team", match["value"], resolve)


def _whole(kind: str) -> Callable[[re.Match[str], Resolve], str]:
    return lambda match, resolve: resolve(kind, match[0])


_LABELS: tuple[Place, ...] = (
    (("process > ", "rocess `", "rocess '", "name: "), _TASK, _named("sample")),
    (("RG", "--outFile", "[id:"), _OF_READS, _named("sample")),
    (_SUBJECT_HINTS, _SUBJECT, _subject),
    (tuple(mode + mark for mode in _MODES for mark in " \t.+@"), _LISTED, _listed),
    (("uid=", "gid=", "groups="), _ID, _id),
    (("dc=", "DC="), _DIRECTORY, _whole("directory")),
    (("://", "ame=", "AME=", "ame =", "@"), _DATABASE, _named("database")),
    (("geb", "Geb", "GEB", "dob", "DOB", "irth", "IRTH"), _BIRTH, _whole("birth-date")),
    (
        ("MRN", "NHS", "Fall", "Patient", "Versich", "Tel", "hone", "Fax", "Durchwahl", "IBAN"),
        _RECORD,
        _whole("record"),
    ),
    ((" <",), _WRITER, _named("person")),
    (("Prof.", "Dr.", "PD.", "Mr.", "Mrs.", "Ms.", "Herr", "Frau"), _TITLED, _named("person")),
)
"""(one of these must stand in the text, what is looked for, what becomes of it)"""
