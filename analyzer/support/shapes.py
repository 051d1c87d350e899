"""Secrets that are told by their shape alone: keys and tokens with a known beginning, private keys, random text."""

from __future__ import annotations

import re
from collections.abc import Callable

from analyzer.support.encoded import is_readable
from analyzer.support.secret_names import is_random_text

MASK = "[masked]"

Hide = Callable[[str], str]
"""Takes a secret, returns what stands in its place."""

_ESCAPE = re.compile(r"(?:\\[nrtbf]|\\u[0-9A-Fa-f]{4}|%[0-9A-Fa-f]{2}|\x1b\[[0-9;]{0,12}m)$")
_LONGEST_ESCAPE = 16
_TOKENS = re.compile(
    r"(?P<access_key>A(?:KIA|SIA|BIA|CCA)[A-Z0-9]{12,}+)"
    r"|eyJ[A-Za-z0-9_-]{16,}+(?:\.[A-Za-z0-9_=-]++)*+={0,2}+"
    r"|(?:FwoGZX|FQoGZX|FQoDYX|IQoJb3)[A-Za-z0-9+/=_%-]{20,}+"
    r"|(?:gh[pousr]_|github_pat_|gl[a-z]{2,5}-|xox[a-z]-|xapp-|npm_|hf_|dckr_[po]at_|do[por]_v1_|shp[a-z]{2}_|glsa_)"
    r"[A-Za-z0-9_-]{16,}+"
    r"|pypi-AgE[A-Za-z0-9_-]{16,}+"
    r"|sk-[A-Za-z0-9_-]{20,}+"
    r"|[a-z]k_(?:live|test)_[A-Za-z0-9]{10,}+"
    r"|(?:AIza|ya29\.|GOCSPX-|1//0)[A-Za-z0-9_-]{24,}+"
    r"|(?:SK|dapi)[0-9a-f]{32}+(?![0-9A-Za-z])"
    r"|SG\.[A-Za-z0-9_-]{16,64}+\.[A-Za-z0-9_-]{16,}+"
    r"|hv[sbr]\.[A-Za-z0-9_-]{20,}+"
    r"|tw_[A-Za-z0-9]{20,}+"
    r"|AGE-SECRET-KEY-1[A-Z0-9]{20,}+"
)
_LETTERS = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/_=.-")
_IN_WORDS = bytes(b"x"[0] if code in _LETTERS else b" "[0] for code in range(256))
_LONG_WORD = b"x" * 16
_PADDED = re.compile(r"=(?<=[A-Za-z0-9+/_-]{8}=)(?![A-Za-z0-9.])")
_TOWER = re.compile(r"(\{\\{0,15}\"tid\\{0,15}\"\s{0,3}:\s{0,3}\d{1,12}\}\.)([0-9a-f]{20,}+)")
"""The inside of an access token of Seqera Platform."""
_SLACK_HOOK = re.compile(r"(hooks\.slack\.com/(?:services|workflows)/)([A-Za-z0-9_/-]{16,}+)")
_PAIR = re.compile(r"(A(?:KIA|SIA)[A-Z0-9]{12,32}+[^A-Za-z0-9/+\n]{1,16})([A-Za-z0-9/+]{40}+)(?![A-Za-z0-9/+])")
_RANDOM = re.compile(r"(?<![\w/+.~%-])[A-Za-z0-9/+]{40,}+={0,2}+(?![\w~%-]|\.\w)")
_RANDOM_ID = re.compile(r"(?i)(?:host.?id|x-amz-id-2|request.?id)[\"'\s:=,]{1,8}$")
"""S3's extended request id is as random as a key; AWS's support asks for it."""
_RANDOM_ID_CHARACTERS = 32

_KEY_BEGINS = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}?PRIVATE KEY(?: BLOCK)?-----|PuTTY-User-Key-File-\d:")
_KEY_ENDS = re.compile(r"-----END [A-Z0-9 ]{0,40}?PRIVATE KEY(?: BLOCK)?-----|Private-MAC:")


def may_have_shape(text: str) -> bool:
    """False where no word of the text is long enough for a key or a token: telling that is cheap."""
    # a table and a search for one word read a text ten times as fast as a pattern
    marked = text.encode("utf-8", "surrogatepass").translate(_IN_WORDS)
    return _LONG_WORD in marked or _PADDED.search(text) is not None


def hide_tokens(text: str, hide: Hide) -> str:
    """Without keys and tokens that their beginning tells; four characters of an access key say which kind it was."""
    text = _TOWER.sub(lambda m: m[1] + hide(m[2]), text)
    text = _SLACK_HOOK.sub(lambda m: m[1] + hide(m[2]), text)
    text = _PAIR.sub(lambda m: m[1] + hide(m[2]), text)

    def judged(match: re.Match[str]) -> str:
        if not starts_here(text, match.start()):
            return match[0]
        return (match[0][:4] if match["access_key"] else "") + hide(match[0])

    return _TOKENS.sub(judged, text)


def starts_here(text: str, at: int) -> bool:
    """Whether something may begin here: after no letter or digit, or after an escape such as `\\n`, `%3D`."""
    if at == 0 or not text[at - 1].isalnum():
        return True
    return _ESCAPE.search(text, max(0, at - _LONGEST_ESCAPE), at) is not None


def hide_random(text: str, hide: Hide) -> str:
    """Without long random text: an AWS secret access key, or a blob of sixty characters and more."""

    def judged(match: re.Match[str]) -> str:
        run = match[0]
        if is_random_text(run.rstrip("=")):
            before = text[max(0, match.start() - _RANDOM_ID_CHARACTERS) : match.start()]
            # base64 of readable text is looked into elsewhere
            return run if _RANDOM_ID.search(before) or is_readable(run) else hide(run)
        # a path may have a key as one of its parts
        return "/".join(hide(p) if is_random_text(p) else p for p in run.split("/")) if "/" in run else run

    return _RANDOM.sub(judged, text)


def hide_private_keys(text: str, hide: Hide) -> str:
    """Without private keys, their first and last lines included, as ticket systems refuse files that have such a line.

    Their line ends are kept, so that line numbers after one still hold.
    """
    parts: list[str] = []
    at = 0
    while begin := _KEY_BEGINS.search(text, at):
        end = _KEY_ENDS.search(text, begin.end())
        after = end.end() if end else len(text)
        body = text[begin.end() : end.start() if end else after]
        parts += [text[at : begin.start()], hide(body), "\n" * text.count("\n", begin.start(), after)]
        at = after
    return "".join([*parts, text[at:]])
