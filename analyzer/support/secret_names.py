"""Does a name, or a value, look like a secret? Judged by words and shape, never by a list of known secrets."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise

_ENDINGS = ("password", "passwd", "passphrase", "passcode", "passwort", "kennwort", "wachtwoord")
"""`PGPASSWORD` is one word; in English, German and Dutch."""
_ALWAYS = frozenset(_ENDINGS)
_ALONE = frozenset({"token", "secret", "secrets", "credential", "credentials", "authorization", "apikey"})
_LAST = frozenset(
    {"token", "apikey", "accesskey", "secretkey", "authkey", "pass", "pwd", "pw", "auth", "signature", "pat"}
)
"""Secret as the last of several words: `TOWER_ACCESS_TOKEN`, `DB_PASS`; alone, `pass` and `pwd` mean other things."""
_KEY_OF_SOMETHING_PUBLIC = frozenset(
    {
        "sort",
        "cache",
        "primary",
        "foreign",
        "partition",
        "object",
        "s3",
        "public",
        "group",
        "index",
        "map",
        "join",
        "parameter",
    }
    | {"kms", "sse"}
)
_TELLS_ABOUT_IT = frozenset(
    {"file", "path", "dir", "id", "ids", "name", "names", "type", "length", "count", "size", "ttl", "expiry", "expires"}
    | {"expiration", "url", "endpoint", "enabled", "timeout", "provider", "mode", "version", "from", "options", "arn"}
    | {"error", "errors", "exception", "failure"}
)
"""As the last word these say something about a secret: `AWS_WEB_IDENTITY_TOKEN_FILE`, `secretOptions`."""
_FORM_OF_IT = frozenset({"data", "pem", "base64", "b64", "value", "hex", "string"})
"""As the last word these say how the secret is written."""
_ERROR_WORDS = frozenset(
    {"expired", "invalid", "missing", "unexpected", "bad", "unknown", "unrecognized", "incorrect", "no"}
    | {"next", "continuation"}
)
"""As the first word they make the name of an error or of a page: `ExpiredToken`, `nextToken`."""
_KNOWN = frozenset({"aws_access_key_id", "access_key_id", "awsaccesskeyid", "private_key_id"})
_MARKERS = frozenset({"nf_token"})
"""Nextflow's `nf-token` is a hash of the job definition, and how a job of Nextflow's is told: no secret."""
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_SEPARATORS = re.compile(r"[.\-_ ]+")
MAX_NAME_CHARACTERS = 256
"""Of a longer name the end is judged: that is where `_TOKEN` stands."""

_SECRET_KEY_CHARACTERS = 40
"""Length of an AWS secret access key."""
_BLOB_CHARACTERS = 60
"""A line of a key in PEM form has 64."""
_SHORTEST_SECRET = 8
_SECRET_WITHOUT_DIGITS = 20
_FEWEST_OF_A_CASE = 5
"""Forty random base64 characters hold sixteen of each case; fewer than five is rarer than one in ten thousand."""


def words_of(name: str) -> tuple[str, ...]:
    """`secretAccessKey`, `SECRET_ACCESS_KEY` and `secret-access.key` are the same three words."""
    return tuple(w.lower() for w in _SEPARATORS.split(_HUMP.sub("_", name)) if w)


def is_secret_name(name: str) -> bool:
    """True for names such as `FUSION_LICENSE_TOKEN`, `dbPassword`, `--api-key`; a bare `key` is not one."""
    # cut before it is remembered: a log full of long names must not fill the memory
    return _is_secret(name[-MAX_NAME_CHARACTERS:])


@lru_cache(maxsize=4096)
def _is_secret(name: str) -> bool:
    words = words_of(name)
    joined = "_".join(words)
    if joined in _MARKERS:
        return False
    if len(words) > 1 and words[-1].isdigit():  # `LICENSE_TOKEN_2`
        words = words[:-1]
    while len(words) > 1 and words[-1] in _FORM_OF_IT:  # `client-key-data`
        words = words[:-1]
    if not words:
        return False
    if joined in _KNOWN or words[-1].endswith(_ENDINGS) or "webhook" in words:
        return True
    return words[-1] not in _TELLS_ABOUT_IT and words[0] not in _ERROR_WORDS and _names_one(words)


def _names_one(words: tuple[str, ...]) -> bool:
    if not _ALWAYS.isdisjoint(words) or (len(words) > 1 and words[-1] in _LAST):
        return True
    if len(words) == 1:
        return words[0] in _ALONE or words[0] in _LAST - {"pass", "pwd", "auth", "signature", "pat"}
    if not {"secret", "secrets", "credential", "credentials"}.isdisjoint(words):
        return True
    return words[-1] == "key" and words[-2] not in _KEY_OF_SOMETHING_PUBLIC


def is_plain_word(name: str) -> bool:
    """True for secret names that are words of ordinary prose, too (`token: expected`), or written as errors are."""
    name = name[-MAX_NAME_CHARACTERS:]
    words = words_of(name)
    return _ALWAYS.isdisjoint(words) and (len(words) == 1 or "".join(words) == name.lower())


def looks_secret(value: str) -> bool:
    """True for something random enough: eight characters with letters and digits, or twenty without a path's marks."""
    if len(value) < _SHORTEST_SECRET or "://" in value or value.startswith("/"):
        return False
    mixed = any(c.isdigit() for c in value) and any(c.isalpha() for c in value)
    return mixed or (len(value) >= _SECRET_WITHOUT_DIGITS and not any(c in value for c in "/:."))


def is_random_text(value: str) -> bool:
    """True for base64 as keys are made of it: an AWS secret access key's 40 characters, or a blob of 60 and more.

    Hexadecimal digests, sequences of bases, file paths, words in camel case and base64 of readable text are not.
    """
    if len(value) != _SECRET_KEY_CHARACTERS and len(value) < _BLOB_CHARACTERS:
        return False
    start = value[:128]
    both_cases = min(sum(c.isupper() for c in start), sum(c.islower() for c in start)) >= _FEWEST_OF_A_CASE
    return both_cases and value.count("/") * 8 <= len(value) and _changes(start) * 3 >= len(start)


def _changes(value: str) -> int:
    """How often neighbours are of two kinds: upper case, lower case or neither. Of random pairs six in ten are."""
    kinds = [(c.isupper(), c.islower()) for c in value]
    return sum(one != other for one, other in pairwise(kinds))
