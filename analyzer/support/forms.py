"""Secrets that are told by where they stand: in headers, links and addresses, and after the options of known tools."""

from __future__ import annotations

import re

from analyzer.support.command_lines import FREE, hide_in_commands
from analyzer.support.encoded import decoded
from analyzer.support.phrases import hide_in_phrases
from analyzer.support.secret_names import is_secret_name, looks_secret
from analyzer.support.shapes import Hide

LONGEST_WORD = 20
"""Characters; what is longer is taken for no word of prose."""
SHORTEST_KEY = 6
"""Characters of a key in a query."""

_HEADER = re.compile(
    rf"(?i){FREE}"
    + r"(?:authorization|proxy-authorization|x-amz-security-token|x-api-key|x-vault-token|set-cookie|cookie)"
    r"\\{0,15}[\"']?\s{0,3}:\s{0,3}\\{0,15}[\"']?"
)
_HEADER_VALUE = re.compile(r"[^\"'\\\r\n]++")
_SENTENCE = re.compile(
    r"(?!(?:aws|basic|bearer|digest|negotiate|ntlm|hmac|hoba|mutual|oauth|token|apikey|key|scram)\b)"
    r"[a-z]{2,20}[ \t]{1,8}[a-z]{2,20}\b",
    re.IGNORECASE,
)
"""`authorization: server message: ...` is how a registry refuses: no scheme, no credential, but words."""
_SCHEME = re.compile(rf"(?i){FREE}" + r"(bearer|basic)(\s{1,3}|%20|\+)([A-Za-z0-9._~+/=-]{4,}+)")
_URL_PASSWORD = re.compile(r"(//[^\s/:@\"'<>?#]{0,256}:)([^\s/@\"'<>]++(?:@[^\s/@\"'<>.:]{1,64}+(?=@))?)(?=@)")
_URL_USER = re.compile(r"(://)([A-Za-z0-9_.~%-]{16,}+)(?=@)")
_ORACLE = re.compile(r"(?i)(jdbc:oracle:\w{1,8}:[^\s/@\"']{1,256}/)([^\s@\"']{1,1024}+)(?=@)")
_QUERY = re.compile(
    r"(?i)((?:[?&;]|\\u0026|%26|%3f)(?:amp;)?(?:x-(?:amz|goog)-(?:signature|credential|security-token)|awsaccesskeyid"
    r"|signature|sig|key-pair-id|policy|googleaccessid)(?:=|\\u003d|%3d))([^&#\s\"'<>\\]++)"
)
_QUERY_NAME = re.compile(
    r"(?i)((?:[?&]|\\u0026|%26|%3f)(?:amp;)?(?P<name>key|code|auth|authkey|pwd|pw|pass|jwt|userkey|subscription-key)"
    r"(?:=|\\u003d|%3d))([^&#\s\"'<>\\]++)"
)
"""Short names that announce a secret in a query only."""
_CONNECTION = re.compile(
    r"(?i)((?:^|[;\"'\s])(?:pwd|password|accountkey|sharedaccesskey|sharedaccesssignature)\s{0,3}=)([^;\s\"'<>]++)"
)
"""`Server=db;Uid=me;Pwd=...`; only where semicolons part the members."""
_PGPASS = re.compile(
    r"(?<![^\s\"'])((?:localhost|\*|[\w-]{1,64}(?:\.[\w-]{1,64}){1,8}):(?:\d{2,5}|\*):[^\s:\"']{1,64}:[^\s:\"']{1,64}:)"
    r"([^\s:\"'\\]++)(?![^\s\"'\\])"
)
_PGPASS_PORT = re.compile(r":(?:\d{2,5}|\*):[^\s:\"']{1,64}:[^\s:\"']{1,64}:")
_NETRC = re.compile(
    rf"({FREE}" + r"login\s{1,8}\S{1,256}\s{1,8}(?:account\s{1,8}\S{1,256}\s{1,8})?password\s{1,8})(\S++)"
)
_NETRC_LINE = re.compile(r"(?m)^([ \t]{0,16}password[ \t]{1,8})(\S++)(?=[ \t]{0,8}$)")
_DOCKER_AUTH = re.compile(r"(\\{0,15}\"auth\\{0,15}\"\s{0,3}:\s{0,3}\\{0,15}\")([A-Za-z0-9+/=_-]{4,}+)")
_SET = re.compile(
    rf"(?m)({FREE}" + r"(?:setenv|set\s{1,3}-\w{1,4}|ENV|ARG)\s{1,3}([\w.-]{1,256}+)\s{1,3}[\"']?)([^\s\"'=]++)"
)
"""csh, fish and a Dockerfile part name and value with a blank."""
_PLAIN = (_URL_PASSWORD, _ORACLE, _QUERY, _NETRC, _DOCKER_AUTH)


def hide_in_forms(text: str, hide: Hide) -> str:
    """Without what stands where only a secret stands."""
    text = _headers(text, hide)
    text = _SCHEME.sub(lambda m: f"{m[1]}{m[2]}{hide(m[3])}" if _no_word(m[3]) else m[0], text)
    text = hide_in_commands(text, hide)
    text = hide_in_phrases(text, hide)
    for form in _PLAIN:
        text = form.sub(lambda m: m[1] + hide(m[2]), text)
    text = _QUERY_NAME.sub(lambda m: m[1] + hide(m[3]) if _is_value(m["name"], m[3]) else m[0], text)
    text = _URL_USER.sub(lambda m: m[1] + hide(m[2]) if looks_secret(m[2]) else m[0], text)
    if ";" in text:
        text = _CONNECTION.sub(lambda m: m[1] + hide(m[2]), text)
    text = hide_password_lines(text, hide)
    text = _NETRC_LINE.sub(lambda m: m[1] + hide(m[2]) if looks_secret(m[2]) else m[0], text)
    return _SET.sub(lambda m: m[1] + hide(m[3]) if is_secret_name(m[2]) else m[0], text)


def may_be_password_line(text: str) -> bool:
    """False where no line is one of a `.pgpass`: telling that is cheap."""
    return _PGPASS_PORT.search(text) is not None


def hide_password_lines(text: str, hide: Hide) -> str:
    """Without the passwords of a `.pgpass`, whose lines hold no word that announces one."""
    return _PGPASS.sub(lambda m: m[1] + hide(m[2]) if looks_secret(m[2]) else m[0], text)


def _headers(text: str, hide: Hide) -> str:
    parts: list[str] = []
    at = 0
    while match := _HEADER.search(text, at):
        value = _HEADER_VALUE.match(text, match.end())
        parts.append(text[at : match.end()])
        at = value.end() if value else match.end()
        if value and _SENTENCE.match(value[0]):
            parts.append(value[0])
        elif value:
            # the scheme's word is none of the secret, which may stand without it elsewhere
            scheme = re.match(r"(?i)(?:bearer|basic)\s{1,3}(?=.)", value[0])
            hide(value[0][scheme.end() :].strip() if scheme else value[0].strip())
            parts.append(hide(""))
    return "".join([*parts, text[at:]])


def _no_word(value: str) -> bool:
    """ "basic functionality" is prose; a credential has a digit, or a length that no word has."""
    return len(value) >= LONGEST_WORD or any(c.isdigit() for c in value) or ":" in (decoded(value) or "")


def _is_value(name: str, value: str) -> bool:
    """A `key` or a `code` may be that of an object, or a number: those are no secrets."""
    return name.lower() not in ("key", "code") or (len(value) >= SHORTEST_KEY and "/" not in value)
