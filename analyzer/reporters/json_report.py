"""JSON: one object for one target, an array for several (`fsnap-diagnosis/1`, docs/diagnosis.md)."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from analyzer.diagnosis import Diagnosis, to_document
from analyzer.reporters.text import INVISIBLE, clean
from analyzer.support.redaction import mask_document, mask_secrets


def masked_document(diagnosis: Diagnosis, *, verbose: bool) -> dict[str, Any]:
    """The JSON document, secrets masked and every value one that JSON has.

    Titles, sentences and snippets of advice are the catalogue's and the advisor's own words, and stay as they are.
    """
    document = to_document(diagnosis, verbose=verbose)
    masked = {k: _plain(v) for k, v in mask_document(document).items()}
    masked["verdict"]["title"] = document["verdict"]["title"]
    for shown, given in zip(masked["recommendations"], document["recommendations"], strict=True):
        shown["summary"], shown["snippet"] = given["summary"], given["snippet"]
    return masked


def _plain(value: object) -> Any:
    if isinstance(value, str):
        return _masked_when_hidden(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(v) for v in value]
    return str(value)


def _masked_when_hidden(text: str) -> str:
    # a secret that colour codes cut in two is whole again once they are taken out
    if not INVISIBLE.search(text):
        return text
    cleaned = clean(text)
    masked = mask_secrets(cleaned)
    return text if masked == cleaned else masked


def _escape(match: re.Match[str]) -> str:
    return json.dumps(match[0], ensure_ascii=True)[1:-1]


def dumps(document: object, indent: int | None = None) -> str:
    """JSON text whose strings mean the same, but which holds no control, direction or zero-width character itself."""
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, indent=indent)
    return INVISIBLE.sub(_escape, text)


def format_json(diagnoses: Sequence[Diagnosis], *, verbose: bool, several: bool | None = None) -> str:
    """One indented object, or an array of them, with a line end.

    `several` says how many targets were asked for, where that differs from how many could be diagnosed.
    """
    documents = [masked_document(d, verbose=verbose) for d in diagnoses]
    array = len(documents) != 1 if several is None else several
    return dumps(documents if array or not documents else documents[0], indent=2) + "\n"
