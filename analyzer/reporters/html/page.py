"""A page out of a template: text from outside stays text, and the browser is told to load and run nothing else."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from importlib import resources

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from analyzer import __version__
from analyzer.reporters import text

_FOLDER = "html"
_CODE = re.compile(r"`([^`]+)`")
_JOINT = re.compile(r"(?<=[:_/=@-])(?=\w)|(?<=[.,])(?=[^\W\d])")
"""Where a long name may go on in the next line."""


def render(template: str, **members: object) -> str:
    """The page that a template makes of its members.

    All that is not Markup is escaped, and shown as `clean` shows it. Nothing but the page's own style and script runs:
    both are named by their hash in its Content-Security-Policy.
    """
    style, script = _data("page.css"), _data("sort.js")
    style_hash, script_hash = own_hashes()
    return (
        _environment()
        .get_template(template)
        .render(
            style=Markup(style),  # noqa: S704  # our own
            script=Markup(script),  # noqa: S704  # our own
            style_hash=style_hash,
            script_hash=script_hash,
            version=__version__,
            **members,
        )
    )


def own_hashes() -> tuple[str, str]:
    """Of the page's own style and script, as its Content-Security-Policy names them: `sha256-...`."""
    return _hash(_data("page.css")), _hash(_data("sort.js"))


def _data(name: str) -> str:
    return resources.files("analyzer.data").joinpath(_FOLDER, name).read_text("utf-8")


def _hash(content: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}"


def _shown(value: object) -> object:
    """What every expression of a template gives: characters that nobody sees are written out, whoever let them in."""
    return text.clean(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _lines(value: str) -> Markup:
    """Lines to be copied: each as it stands, and nothing in them is markup."""
    return Markup("\n").join(text.own_lines(value))


def _breaks(value: str) -> Markup:
    """A name that a narrow column folds at its joints; copied, it is what it was."""
    return Markup("<wbr>").join(_JOINT.split(value))


def _told(value: str) -> Markup:
    """A sentence of the tool's own: what stands between backticks is code, and long names fold."""
    parts = enumerate(_CODE.split(text.own_prose(value)))
    return Markup().join(Markup("<code>{}</code>").format(_breaks(p)) if n % 2 else _breaks(p) for n, p in parts)


@cache
def _environment() -> Environment:
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        loader=FunctionLoader(_data),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "prose": text.prose,
        "own": text.own_prose,
        "told": _told,
        "field": text.field,
        "quote": text.quote,
        "lines": _lines,
        "breaks": _breaks,
    }
    return environment
