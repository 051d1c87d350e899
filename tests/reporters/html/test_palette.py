"""The style sheet's colours: seen against their background, and told apart by those who see fewer of them."""

from __future__ import annotations

import re
from importlib import resources
from itertools import combinations

import pytest

CSS = resources.files("analyzer.data").joinpath("html/page.css").read_text("utf-8")
DRAWN = (*(f"s{number}" for number in range(1, 8)), "good", "bad", "lost")
WRITTEN = ("ink", "muted", "link")
# Machado, Oliveira, Fernandes 2009, at full severity, on linear RGB
SIGHT = {
    "all colours": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.01182, 0.04294, 0.968881)),
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.3039)),
}
LEAST_APART = 0.1
"""In Oklab, where black and white are 1 apart."""
Colour = tuple[float, float, float]


def _palettes() -> dict[str, dict[str, str]]:
    roots = re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)
    values = [dict(re.findall(r"--(\w+): #([0-9a-f]{6});", root)) for root in roots]
    assert len(values) == 3
    return dict(zip(("light", "dark", "print"), values, strict=True))


PALETTES = _palettes()


def _linear(colour: str) -> Colour:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (0, 2, 4))

    def one(value: float) -> float:
        return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)

    return one(red), one(green), one(blue)


def _luminance(colour: str) -> float:
    red, green, blue = _linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _oklab(colour: Colour) -> Colour:
    red, green, blue = (min(max(value, 0.0), 1.0) for value in colour)
    long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
    medium = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    return (
        0.2104542553 * long + 0.793617785 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.428592205 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.808675766 * short,
    )


def _apart(one: str, other: str, sight: tuple[Colour, Colour, Colour]) -> float:
    seen = [_oklab(_mixed(_linear(colour), sight)) for colour in (one, other)]
    return float(sum((a - b) ** 2 for a, b in zip(*seen, strict=True)) ** 0.5)


def _mixed(colour: Colour, sight: tuple[Colour, Colour, Colour]) -> Colour:
    red, green, blue = (sum(a * b for a, b in zip(row, colour, strict=True)) for row in sight)
    return red, green, blue


@pytest.mark.parametrize("theme", PALETTES)
def test_contrast_is_sufficient(theme: str) -> None:
    colours = PALETTES[theme]
    for ground in ("paper", "raised"):
        for name in WRITTEN:
            assert contrast(colours[name], colours[ground]) >= 4.5, (name, ground)
    for name in DRAWN:
        assert contrast(colours[name], colours["paper"]) >= 3, name


@pytest.mark.parametrize("theme", PALETTES)
@pytest.mark.parametrize("sight", SIGHT)
def test_colours_of_one_plot_are_told_apart(theme: str, sight: str) -> None:
    colours = PALETTES[theme]
    for plot in (DRAWN[:7], DRAWN[7:]):
        for one, other in combinations(plot, 2):
            assert _apart(colours[one], colours[other], SIGHT[sight]) >= LEAST_APART, (one, other)
