"""Secrets that a sentence tells: "the password is ...", "License key: ...", "using password ..."."""

from __future__ import annotations

import re

from analyzer.support.secret_names import looks_secret
from analyzer.support.shapes import Hide

_SAYS = r"(?:\s{1,3}(?:is|was|are|set\s{1,3}to|equals)(?:\s{0,3}:)?\s{1,3}|\s{0,3}[:=]\s{0,3})"
_VALUE = r"(?:\\{0,15}\"(?P<double>[^\"\\\n]++)|\\{0,15}'(?P<single>[^'\\\n]++)|(?P<bare>[^\s\"'<>\\,;]++))"
_PASSWORD = re.compile(
    r"(?i)(?<![\w-])(?P<head>(?:pass(?:word|phrase|code|wd|wort)|kennwort|wachtwoord)"
    r"(?:\s{1,3}(?:for|f\u00fcr|fuer|voor)\s{1,3}[^\s:]{1,128}(?:\s{0,3}:|\s{1,3}(?:is|ist))\s{0,3}"
    r"|\s{1,3}(?:is|was|set\s{1,3}to|ist|lautet)(?:\s{0,3}:)?\s{1,3})"
    r"|mot\s{1,3}de\s{1,3}passe(?:\s{1,3}est)?\s{0,3}[:=]?\s{1,3})" + _VALUE
)
_USING = re.compile(r"(?i)(?<![\w-])(?P<head>(?:using|with|by)\s{1,3}pass(?:word|phrase|code|wd)\s{1,3})" + _VALUE)
_PHRASE = re.compile(
    r"(?i)(?<![\w-])(?P<head>passphrase\s{1,3}is(?:\s{0,3}:)?\s{1,3})(?P<words>[a-z]{1,32}(?: [a-z]{1,32}){2,11})"
)
_KEY = re.compile(
    r"(?i)(?<![\w-])(?P<head>(?:(?:licen[sc]e|product|activation|registration|subscription|api|access|secret|private"
    r"|encryption|account|storage|master|signing|auth|service|deploy|shared)[ \t](?:key|code)|serial[ \t](?:number|key)"
    r"|(?:access|api|auth|refresh|bearer|session)?[ \t]?token(?=\s{1,3}(?:is|was)\s)|secret(?=\s{1,3}(?:is|was)\s))"
    r"(?:" + _SAYS + r"|\s{1,3}))" + _VALUE
)
_GROUPS = re.compile(
    r"(?i)(?<![\w-])(?P<head>licen[sc]e(?:[ \t_-]?(?:key|code|number|no\.?|id))?(?:" + _SAYS + r"|\s{1,3})[\"']?)"
    r"(?P<value>[a-z0-9]{4,8}(?:-[a-z0-9]{4,8}){2,9}(?![\w-]))"
)
"""A licence's key is parted by hyphens."""
_PROSE = frozenset(
    """
    a an the not no now never too also only still being been to for in on at of by from with without as if it its this
    that your my our their and or but none null nil unset set empty blank missing absent wrong right correct incorrect
    valid invalid bad good ok okay fine same different weak strong short long old new required needed optional known
    unknown unavailable available visible hidden secret secure insecure safe unsafe already always either incorrectly
    correctly stored sent kept taken given shown found lost masked true false yes what where asked read
    """.split()  # noqa: SIM905 - a list of this length is read more easily so
)
_PARTICIPLES = ("ed", "ing", "able", "ible", "ent")
HINTS = ("pass", "key", "licen", "token", "secret", "serial", "code")
"""In lower case; where none of these is, no sentence tells a secret."""


def _given(match: re.Match[str]) -> str:
    return match["double"] or match["single"] or match["bare"] or ""


def _is_prose(value: str) -> bool:
    word = value.strip(".!?:()[]*").lower()
    return (
        not word or word in _PROSE or (word.isalpha() and word.endswith(_PARTICIPLES)) or value.startswith(("$", "/"))
    )


def _behind(match: re.Match[str], value: str, hide: Hide) -> str:
    """The match with the value hidden, the marks around it kept."""
    at = match[0].rindex(value)
    plain = value if match["bare"] is None else value.rstrip(").!?:")
    return match[0][:at] + hide(plain) + match[0][at + len(plain) :]


def hide_in_phrases(text: str, hide: Hide) -> str:
    """Without what a sentence says to be a password, a passphrase, a key or a licence's key."""

    def password(match: re.Match[str]) -> str:
        value = _given(match)
        return match[0] if match["bare"] and _is_prose(value) else _behind(match, value, hide)

    def words(match: re.Match[str]) -> str:
        prose = any(word in _PROSE and word not in ("correct", "right") for word in match["words"].lower().split())
        return match[0] if prose else match["head"] + hide(match["words"])

    def telling(match: re.Match[str]) -> str:
        value = _given(match)
        told = looks_secret(value) and (any(c.isdigit() for c in value) or value.isupper())
        return _behind(match, value, hide) if told else match[0]

    def used(match: re.Match[str]) -> str:
        value = _given(match)
        told = not match["bare"] or any(c.isdigit() for c in value)
        return _behind(match, value, hide) if told else match[0]

    def groups(match: re.Match[str]) -> str:
        told = any(c.isdigit() for c in match["value"])
        return match["head"] + hide(match["value"]) if told else match[0]

    if any(map(text.casefold().__contains__, ("pass", "kennwort", "wachtwoord"))):
        text = _PHRASE.sub(words, text)
        text = _PASSWORD.sub(password, text)
        text = _USING.sub(used, text)
    return _GROUPS.sub(groups, _KEY.sub(telling, text))
