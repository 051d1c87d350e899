"""matplotlib as a pencil: what is drawn becomes a small SVG without a style, a script or a word from outside in it.

Colours are names that the page's style sheet gives a value, one for light and one for dark; ids are made anew, so
that several plots stand on one page; and the same plot gives the same text.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from markupsafe import Markup

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SVG = "{http://www.w3.org/2000/svg}"
_HREF = "{http://www.w3.org/1999/xlink}href"
_NAMES = (*(f"s{number}" for number in range(1, 8)), "good", "bad", "lost", "ink", "muted", "line", "paper")
COLOURS: Mapping[str, str] = {name: f"#00{number:02x}fe" for number, name in enumerate(_NAMES, 1)}
"""A colour of the style sheet (`--s1`) -> what stands for it while matplotlib draws."""
_NAME_OF = {value: name for name, value in COLOURS.items()}
_KEPT_STYLES = {
    "stroke-width",
    "stroke-dasharray",
    "stroke-dashoffset",
    "stroke-linecap",
    "stroke-linejoin",
    "opacity",
    "fill-opacity",
    "stroke-opacity",
    "text-anchor",
}
_PAINTS = {"fill": "f", "stroke": "k"}
"""Property -> how its classes begin."""
_LONG_NUMBER = re.compile(r"-?\d{1,30}\.\d{3,}")
_IDENTIFIER_REFERENCE = re.compile(r"url\(#([^)]{0,100}+)\)")
_PLACEHOLDER = re.compile(r"@(\d{1,5})")
WIDTH, BESIDE, RIGHT = 480, 52, 14
"""Units: of the picture, and of the room for what stands beside the vertical axis and at the right edge."""
LEFT = -BESIDE / (WIDTH - BESIDE - RIGHT)
"""The picture's left edge, in the axes' width: where a heading above the vertical axis begins."""
_RULES: Mapping[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "fsnap-diagnose",
    "font.family": ["DejaVu Sans"],
    "font.size": 12,
    "axes.edgecolor": COLOURS["muted"],
    "axes.linewidth": 1,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "grid.color": COLOURS["line"],
    "grid.linewidth": 1,
    "xtick.color": COLOURS["muted"],
    "ytick.color": COLOURS["muted"],
    "text.color": COLOURS["ink"],
    "text.parse_math": False,
    "axes.labelcolor": COLOURS["muted"],
    "xtick.labelsize": 12,
    "ytick.labelsize": 12,
    "ytick.major.size": 0,
    "hatch.color": COLOURS["paper"],
    "hatch.linewidth": 2,
    "path.simplify": False,
}


@dataclass(frozen=True)
class Sketch:
    """What a plot is drawn on."""

    axes: Axes
    words: list[str] = field(default_factory=list)

    def word(self, text: str) -> str:
        """What to write instead of a word from outside: it is put in its place when matplotlib is done.

        matplotlib would read `$` as mathematics, and warn about characters that its own font has not.
        """
        self.words.append(text)
        return f"@{len(self.words) - 1}"


@contextmanager
def _rules() -> Iterator[None]:
    """matplotlib as this module wants it, whatever the user's own settings are; as it was afterwards."""
    import matplotlib

    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_RULES)
        yield


def draw(
    name: str, title: str, description: str, paint: Callable[[Sketch], None], *, height: int = 270, left: int = BESIDE
) -> Markup:
    """An SVG of WIDTH units' width: `name` begins its ids, `title` and `description` are for those who do not see it.

    `left` is the room for what stands beside the vertical axis, in units.
    """
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    with _rules():
        figure = Figure(figsize=(WIDTH / 72, height / 72), dpi=72)
        FigureCanvasSVG(figure)
        sketch = Sketch(figure.add_axes((0, 0, 1, 1)))
        figure.patch.set_visible(False)
        sketch.axes.patch.set_visible(False)
        paint(sketch)
        below, above = 44 if sketch.axes.get_xlabel() else 26, 32 if sketch.axes.get_title("left") else 6
        sketch.axes.set_position(
            (left / WIDTH, below / height, 1 - (left + RIGHT) / WIDTH, 1 - (below + above) / height)
        )
        stream = io.StringIO()
        figure.savefig(stream, format="svg", metadata={"Date": None})
    return Markup(_page_svg(stream.getvalue(), name, title, description, sketch.words))  # noqa: S704  # escaped below


def _page_svg(text: str, name: str, title: str, description: str, words: Sequence[str]) -> str:
    root = ElementTree.fromstring(text)  # noqa: S314  # matplotlib wrote it a moment ago; no word of it is from outside
    for one in [root.find(f"{SVG}metadata"), root.find(f"{SVG}defs")]:
        if one is not None:
            root.remove(one)
    ids = _new_ids(root, name)
    for element in root.iter():
        _plain(element, ids)
        if element.tag == "text" and (match := _PLACEHOLDER.fullmatch(element.text or "")):
            element.text = words[int(match[1])]
    viewed = root.get("viewBox", "")
    root.attrib.clear()
    root.attrib |= {"viewBox": viewed, "role": "img", "aria-labelledby": f"{name}-title {name}-desc"}
    for tag, said in (("desc", description), ("title", title)):
        element = ElementTree.Element(tag, {"id": f"{name}-{tag}"})
        element.text, element.tail = said, "\n"
        root.insert(0, element)
    _unwrap(root)
    return ElementTree.tostring(root, encoding="unicode", short_empty_elements=False)


def _new_ids(root: ElementTree.Element, name: str) -> Mapping[str, str]:
    """Ids that something refers to -> ids that no other plot of the page has."""
    used: dict[str, str] = {}
    for element in root.iter():
        references = [value.removeprefix("#") for key, value in element.attrib.items() if key == _HREF]
        references += [match for value in element.attrib.values() for match in _IDENTIFIER_REFERENCE.findall(value)]
        for reference in references:
            used.setdefault(reference, f"{name}-{len(used) + 1}")
    return used


def _plain(element: ElementTree.Element, ids: Mapping[str, str]) -> None:
    """The element with classes and attributes in the place of styles, which a strict page would not let in."""
    element.tag = element.tag.removeprefix(SVG)
    given = dict(element.attrib)
    style = dict(part.split(":", 1) for part in given.pop("style", "").split(";") if ":" in part)
    given |= {key.strip(): value.strip() for key, value in style.items() if key.strip() in {*_KEPT_STYLES, *_PAINTS}}
    element.attrib.clear()
    classes: list[str] = []
    for key, value in given.items():
        if key == "id":
            if value in ids:
                element.set("id", ids[value])
        elif key == _HREF:
            element.set("href", f"#{ids[value.removeprefix('#')]}")
        elif key in _PAINTS and value in _NAME_OF:
            classes.append(f"{_PAINTS[key]}-{_NAME_OF[value]}")
        elif not (key == "transform" and value.startswith(("rotate(-0 ", "rotate(0 "))):
            element.set(key, _short(_IDENTIFIER_REFERENCE.sub(lambda m: f"url(#{ids[m[1]]})", value)))
    if classes:
        element.set("class", " ".join(classes))
    element.tail = "\n" if element.tail else None
    if element.tag != "text":
        element.text = None


def _short(value: str) -> str:
    """Numbers to a hundredth of a unit: the eye sees no more, and the page is half as long."""
    return _LONG_NUMBER.sub(
        lambda match: f"{float(match[0]):.2f}".rstrip("0").rstrip("."), value.replace("\n", "").strip()
    )


def _unwrap(parent: ElementTree.Element) -> None:
    """Groups that say nothing give way to what is in them."""
    kept: list[ElementTree.Element] = []
    for child in list(parent):
        _unwrap(child)
        kept += list(child) if child.tag == "g" and not child.attrib else [child]
    parent[:] = kept
