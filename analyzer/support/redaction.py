"""Masking of secrets: the one place, used by every reporter and by whatever writes a capture.

Masking happens at the way out, after the rules have run. It is idempotent, keeps the number of lines,
and takes time in proportion to the text: every pattern starts at a boundary and never steps back.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from analyzer.support.secret_names import is_plain_word, is_random_text, is_secret_name, looks_secret

MASK = "[masked]"
SHAPE_CHARACTERS = 256
"""So much of a value is looked at to tell whether it is random."""
LONGEST_WORD = 20
"""Characters; what is longer is taken for no word of prose."""
MAX_DEPTH = 64
"""Deeper documents do not exist at AWS; what lies deeper is masked whole."""

T = TypeVar("T")

_HINTS = (
    "pass",
    "token",
    "secret",
    "key",
    "pwd",
    "auth",
    "credential",
    "signature",
    "bearer",
    "cookie",
    "eyj",
    "akia",
    "asia",
)
_MORE_HINTS = ("@", "x-amz-", "sig=", "iqoj", "fwog", "fqog", "fqod", "gh", "glpat-", "xox", "-----begin")

_PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}?PRIVATE KEY-----")
_PRIVATE_KEY_END = re.compile(r"-----END [A-Z0-9 ]{0,40}?PRIVATE KEY-----")
_HEADER = re.compile(
    r"(?i)(?<![\w-])(authorization|proxy-authorization|x-amz-security-token|x-api-key|x-vault-token|set-cookie|cookie)"
    r"(\\{0,3}[\"']?\s{0,3}:\s{0,3}\\{0,3}[\"']?)([^\"'\\\r\n]++)"
)
_SCHEME = re.compile(r"(?i)(?<![\w-])(bearer|basic)(\s{1,3})([A-Za-z0-9._~+/=-]{8,}+)")
_TOKENS = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"(?P<access_key>(?:AKIA|ASIA)[A-Z0-9]{12,}+)"
    r"|(?P<json>eyJ[A-Za-z0-9_-]{16,}+(?:\.[A-Za-z0-9_=-]++)*+)"
    r"|(?P<session>(?:FwoGZX|FQoGZX|FQoDYX|IQoJb3)[A-Za-z0-9+/=_%-]{20,}+)"
    r"|(?P<forge>(?:gh[pousr]_|github_pat_|glpat-|xox[abprs]-)[A-Za-z0-9_-]{16,}+)"
    r")"
)
_URL_PASSWORD = re.compile(r"(://[^\s/:@\"'<>?#]{0,256}:)([^\s/@\"'<>]++)(?=@)")
_URL_USER = re.compile(r"(://)([A-Za-z0-9_.~%-]{16,}+)(?=@)")
_QUERY = re.compile(
    r"(?i)([?&;](?:amp;)?(?:x-(?:amz|goog)-(?:signature|credential|security-token)|awsaccesskeyid|signature|sig|key-pair-id|policy"
    r"|googleaccessid)=)([^&#\s\"'<>\\]++)"
)
_RANDOM = re.compile(r"(?<![\w/+=.~%:-])[A-Za-z0-9/+]{40,}+={0,2}+(?![\w.~%:-])")
_NAME = re.compile(
    r"(?<![A-Za-z0-9_.-])(?P<name>(?P<flag>--)?[A-Za-z_][A-Za-z0-9_.-]*+)"
    r"(?P<gap>(?P<quote>\\{0,3}[\"'])?\s{0,3}(?P<sign>[=:])\s{0,3}|\s{1,3}(?=[^\s=:-]))"
)
_VALUE = re.compile(r"\\{1,3}\"[^\"\\]*+(?:\\{1,3}\")?|\"(?:[^\"\\\n]|\\.)*+\"?|'[^'\n]*+'?|[^\s\"'`<>\\]++")
_QUERY_VALUE = re.compile(r"[^\s\"'`<>\\&#]++")
_PAIR = re.compile(
    r"(?P<head>(?<![A-Za-z0-9_])name\\{0,3}[\"']?\s{0,3}[:=]\s{0,3}\\{0,3}[\"']?)(?P<name>[A-Za-z0-9_.-]{1,256}+)"
    r"(?P<between>(?P<quote>)\\{0,3}[\"']?\s{0,3},\s{0,40}\\{0,3}[\"']?value\\{0,3}[\"']?\s{0,3}[:=]\s{0,3})"
)


def mask_secrets(text: str) -> str:
    """The text with every secret that can be told replaced by `[masked]`; all else stays as it is.

    Told are: AWS access keys and session tokens, JSON web tokens and what else is base64 of a JSON object, credentials
    in headers, URLs and pre-signed queries, private keys, `NAME=value` and its relatives where the name ends like a
    secret's, and long random text. A secret without a telling name or shape cannot be told.
    """
    lowered = text.lower()
    if any(hint in lowered for hint in _HINTS) or any(hint in lowered for hint in _MORE_HINTS):
        text = _mask_private_keys(text)
        text = _HEADER.sub(lambda m: f"{m[1]}{m[2]}{MASK}", text)
        text = _SCHEME.sub(_mask_scheme, text)
        text = _QUERY.sub(rf"\1{MASK}", text)
        text = _URL_PASSWORD.sub(rf"\1{MASK}", text)
        text = _URL_USER.sub(lambda m: f"{m[1]}{MASK}" if looks_secret(m[2]) else m[0], text)
        text = _mask_values(_PAIR, text)
        text = _mask_values(_NAME, text)
        text = _TOKENS.sub(_mask_token, text)
    return _RANDOM.sub(lambda m: MASK if is_random_text(m[0].rstrip("=")) else m[0], text)


def _mask_private_keys(text: str) -> str:
    parts: list[str] = []
    at = 0
    while begin := _PRIVATE_KEY.search(text, at):
        parts.append(text[at : begin.end()] + MASK)
        end = _PRIVATE_KEY_END.search(text, begin.end())
        # its line ends are kept, so that line numbers after it still hold
        body = text[begin.end() : end.start() if end else len(text)]
        parts.append("\n" * body.count("\n"))
        if end is None:
            return "".join(parts)
        parts.append(end[0])
        at = end.end()
    return "".join([*parts, text[at:]])


def _mask_scheme(match: re.Match[str]) -> str:
    # "basic functionality" is prose; a credential has a digit or a length that no word has
    secret = len(match[3]) >= LONGEST_WORD or any(c.isdigit() for c in match[3])
    return f"{match[1]}{match[2]}{MASK}" if secret else match[0]


def _mask_token(match: re.Match[str]) -> str:
    return f"{match[0][:4]}{MASK}" if match["access_key"] else MASK


def _mask_values(names: re.Pattern[str], text: str) -> str:
    parts: list[str] = []
    at = 0
    while match := names.search(text, at):
        parts.append(text[at : match.end()])
        at = match.end()
        # the value is read only once the name is judged: reading it for every name would cost the length squared
        if _announces_secret(match, text):
            value = (_QUERY_VALUE if _in_query(text, match) else _VALUE).match(text, at)
            if value and not (match["quote"] and _is_structure(value[0])):
                parts.append(_masked_like(value[0]))
                at = value.end()
    return "".join([*parts, text[at:]])


def _is_structure(value: str) -> bool:
    """After a quoted name: the start of a list or an object, or one of JSON's words, and so no secret itself."""
    return value[0] in "[{" or value.rstrip(",}]") in {"null", "true", "false"}


def _in_query(text: str, match: re.Match[str]) -> bool:
    return match.start() > 0 and text[match.start() - 1] in "?&"


def _announces_secret(match: re.Match[str], text: str) -> bool:
    groups = match.groupdict()
    if not is_secret_name(match["name"]):
        return False
    if "between" in groups or groups["quote"] or groups["sign"] == "=":
        return True
    if groups["sign"] is None:
        # two words side by side: only an option takes its value that way
        return bool(groups["flag"])
    if match.start() > 0 and text[match.start() - 1] == ":":
        return False  # `arn:aws:secretsmanager:…:secret:name`
    if not is_plain_word(match["name"]):
        return True
    value = _VALUE.match(text, match.end(), match.end() + SHAPE_CHARACTERS)
    return value is not None and looks_secret(value[0])


def _masked_like(value: str) -> str:
    quote = re.match(r"\\{0,3}[\"']", value)
    if quote is None:
        return MASK
    empty = value in (quote[0] * 2, quote[0])
    closing = quote[0] if value.endswith(quote[0]) and len(value) > len(quote[0]) else ""
    return value if empty else f"{quote[0]}{MASK}{closing}"


def mask_document(value: T, depth: int = 0) -> T:
    """The same value with the secrets masked in every string of it: mappings, lists, tuples and dataclasses are walked.

    A mapping's member with a secret's name is masked whatever its text.
    """
    if isinstance(value, str):
        return cast(T, mask_secrets(value))
    if depth > MAX_DEPTH:
        return cast(T, MASK if isinstance(value, (Mapping, list, tuple)) else value)
    if isinstance(value, Mapping):
        return cast(T, {k: _mask_member(k, v, depth) for k, v in value.items()})
    if isinstance(value, list):
        return cast(T, [mask_document(v, depth + 1) for v in value])
    if isinstance(value, tuple):
        return cast(T, tuple(mask_document(v, depth + 1) for v in value))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [f.name for f in dataclasses.fields(value) if f.init]
        members = {name: mask_document(getattr(value, name), depth + 1) for name in names}
        return cast(T, dataclasses.replace(value, **members))
    return value


def _mask_member(name: object, value: Any, depth: int) -> Any:
    if isinstance(value, str) and value and isinstance(name, str) and is_secret_name(name):
        return MASK
    return mask_document(value, depth + 1)


def mask_environment(job_document: Mapping[str, Any]) -> dict[str, Any]:
    """A job as DescribeJobs returns it, with the secrets masked and everything else as it was.

    Environment entries (`{name, value}`, wherever they stand: container, ecsProperties, nodeProperties, eksProperties,
    overrides) lose their value where the name or the value looks secret; commands and arguments are masked within
    their text; log driver options, parameters and tags by their names.
    """
    return {k: _mask_part(k, v, 0) for k, v in job_document.items()}


def _mask_part(name: object, value: Any, depth: int) -> Any:
    if depth > MAX_DEPTH:
        return MASK if isinstance(value, (Mapping, list)) else value
    if isinstance(value, Mapping):
        entry = value.get("name")
        if isinstance(entry, str) and "value" in value:
            return _mask_entry(entry, value, depth)
        return {k: _mask_part(k, v, depth + 1) for k, v in value.items()}
    if isinstance(value, list):
        if name in ("command", "args"):
            return _mask_arguments(value)
        return [_mask_part(None, v, depth + 1) for v in value]
    return _mask_member(name, value, depth)


def _mask_entry(name: str, entry: Mapping[str, Any], depth: int) -> dict[str, Any]:
    secret = is_secret_name(name) and bool(entry["value"])
    value = MASK if secret else mask_document(entry["value"], depth + 1)
    return {k: value if k == "value" else mask_document(v, depth + 1) for k, v in entry.items()}


def _mask_arguments(arguments: list[Any]) -> list[Any]:
    masked: list[Any] = []
    previous = ""
    for argument in arguments:
        follows_option = previous.startswith("-") and "=" not in previous and is_secret_name(previous.lstrip("-"))
        secret = follows_option and isinstance(argument, str) and not argument.startswith("-")
        masked.append(MASK if secret else mask_document(argument))
        previous = argument if isinstance(argument, str) else ""
    return masked
