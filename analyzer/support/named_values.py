"""Values of variables that are named like secrets, in the notations in which a name and its value are written."""

from __future__ import annotations

import re

from analyzer.support.secret_names import is_plain_word, is_secret_name, looks_secret
from analyzer.support.shapes import Hide

SHAPE_CHARACTERS = 256
"""So much of a value is looked at to tell whether it is random."""

_STARTS = r"(?:(?<![A-Za-z0-9_.-])|(?<=\x1b\[[0-9]m)|(?<=\x1b\[[0-9][0-9]m))"
_NAME = re.compile(
    _STARTS + r"(?P<flag>--?)?(?P<name>[A-Za-z_][A-Za-z0-9_.-]*+)"
    r"(?P<gap>(?P<quote>\\{0,15}[\"'])?\s{0,3}(?P<sign>:=|=>|<-|[=:|]|\\u003d)\s{0,3}|\s{1,3}(?=[^\s=:-]))"
)
_VALUE = re.compile(r"\\{1,15}\"[^\"\\]*+(?:\\{1,15}\")?|\"(?:[^\"\\\n]|\\.)*+\"?|'[^'\n]*+'?|[^\s\"'`<>\\]++")
_QUERY_VALUE = re.compile(r"[^\s\"'`<>\\&#]++")
_QUOTE = r"\\{0,15}[\"']"
"""With the backslashes that quotes get inside of quoted text."""
_MEMBER = r"\\{0,15}[\"']?\s{0,3}[:=]\s{0,3}"
_PAIR = re.compile(
    r"(?i)(?<![A-Za-z0-9_])(?:parameter)?(?:name|key)" + _MEMBER + r"\\{0,15}[\"']?(?P<name>[a-z0-9_.-]{1,256}+)"
    r"\\{0,15}[\"']?\s{0,3},\s{0,40}\\{0,15}[\"']?(?:parameter)?value" + _MEMBER
)
"""`{"name": "A_TOKEN", "value": "..."}`"""
_PAIR_REVERSED = re.compile(
    r"(?i)(?P<head>(?<![A-Za-z0-9_])(?:parameter)?value" + _QUOTE + r"\s{0,3}:\s{0,3}" + _QUOTE + r")"
    r"(?P<value>[^\"\\]++)(?P<tail>"
    + _QUOTE
    + r"\s{0,3},\s{0,40}"
    + _QUOTE
    + r"(?:parameter)?(?:name|key)"
    + _QUOTE
    + r"\s{0,3}:\s{0,3}"
    + _QUOTE
    + r"(?P<name>[a-z0-9_.-]{1,256}+)"
    + _QUOTE
    + r")"
)
_XML_TEXT = re.compile(
    r"(?P<head><(?:(?P<name>[A-Za-z_][A-Za-z0-9_.-]{0,255}+)"
    r"|\w{1,64}+\s{1,8}(?:key|name|id)\s{0,3}=\s{0,3}"
    + _QUOTE
    + r"(?P<attribute>[A-Za-z0-9_.-]{1,256}+)"
    + _QUOTE
    + r"[^<>]{0,256})>(?:(?P<inner>[A-Za-z0-9_.-]{1,256}+)</(?:name|key)>\s{0,80}<value>)?)(?P<value>[^<>]++)(?=</)"
)
"""`<password>...</password>`, `<entry key="password">...</entry>` and `<name>password</name><value>...</value>`."""
_XML_ATTRIBUTE = re.compile(
    r"(?P<head>(?:key|name)\s{0,3}=\s{0,3}"
    + _QUOTE
    + r"(?P<name>[A-Za-z0-9_.-]{1,256}+)"
    + _QUOTE
    + r"\s{1,8}value\s{0,3}=\s{0,3}"
    + _QUOTE
    + r")(?P<value>[^\"'<>\\]++)"
)


def hide_named(text: str, hide: Hide) -> str:
    """Without the values whose names end like a secret's."""
    if "<" in text:
        text = _XML_ATTRIBUTE.sub(lambda m: _behind(m, m["name"], hide), text)
        text = _XML_TEXT.sub(lambda m: _behind(m, m["inner"] or m["attribute"] or m["name"] or "", hide), text)
    text = _PAIR_REVERSED.sub(
        lambda m: f"{m['head']}{hide(m['value'])}{m['tail']}" if is_secret_name(m["name"]) else m[0], text
    )
    text = _hide_values(_PAIR, text, hide)
    return _hide_values(_NAME, text, hide)


def _behind(match: re.Match[str], name: str, hide: Hide) -> str:
    return match["head"] + hide(match["value"]) if is_secret_name(name) and match["value"].strip() else match[0]


def _hide_values(names: re.Pattern[str], text: str, hide: Hide) -> str:
    parts: list[str] = []
    at = 0
    while match := names.search(text, at):
        parts.append(text[at : match.end()])
        at = match.end()
        # the value is read only once the name is judged: reading it for every name would cost the length squared
        if _announces_secret(match, text):
            value = (_QUERY_VALUE if _in_query(text, match) else _VALUE).match(text, at)
            if value and not _is_harmless(match, text, value[0]):
                parts.append(_hidden_like(value[0], hide))
                at = value.end()
    return "".join([*parts, text[at:]])


def _is_harmless(match: re.Match[str], text: str, value: str) -> bool:
    quoted = match.groupdict().get("quote", "")
    return bool(quoted and _is_structure(value)) or _is_mysqls(match, text, value)


def _is_structure(value: str) -> bool:
    """After a quoted name: the start of a list or an object, or one of JSON's words, and so no secret itself."""
    return value[0] in "[{" or value.rstrip(",}]") in {"null", "true", "false"}


def _is_mysqls(match: re.Match[str], text: str, value: str) -> bool:
    """`Access denied for user ... (using password: YES)` tells whether there was one, not which."""
    return value.rstrip(").,;") in {"YES", "NO"} and text.endswith("using ", 0, match.start())


def _in_query(text: str, match: re.Match[str]) -> bool:
    return match.start() > 0 and text[match.start() - 1] in "?&"


def _named_secret(match: re.Match[str], text: str) -> bool:
    name = match["name"]
    if is_secret_name(name) or (match.groupdict().get("flag") == "--" and name == "pass"):
        return True
    # the first letter may be none of the name's: `\npassword=`, `-Dpassword=`
    escaped = match.start() > 0 and text[match.start() - 1] == "\\" and name[0] in "nrt"
    return (escaped or (match.groupdict().get("flag") == "-" and name[0] == "D")) and is_secret_name(name[1:])


def _announces_secret(match: re.Match[str], text: str) -> bool:
    groups = match.groupdict()
    if not _named_secret(match, text):
        return False
    if "sign" not in groups or groups["quote"] or (groups["sign"] not in (None, ":", "|")):
        return True
    if groups["sign"] is None:
        # two words side by side: only an option takes its value that way
        return bool(groups["flag"])
    if groups["sign"] == ":" and match.start() > 0 and text[match.start() - 1] == ":":
        return False  # `arn:aws:secretsmanager:…:secret:name`
    if groups["sign"] == ":" and not is_plain_word(match["name"]):
        return True
    value = _VALUE.match(text, match.end(), match.end() + SHAPE_CHARACTERS)
    return value is not None and looks_secret(value[0])


def _hidden_like(value: str, hide: Hide) -> str:
    quote = re.match(r"\\{0,15}[\"']", value)
    if quote is None:
        return hide(value)
    if value in (quote[0] * 2, quote[0]):
        return value
    closing = quote[0] if value.endswith(quote[0]) and len(value) > len(quote[0]) else ""
    return f"{quote[0]}{hide(value[len(quote[0]) : len(value) - len(closing)])}{closing}"
