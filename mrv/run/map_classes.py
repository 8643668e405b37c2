"""Classes of the maps that a run writes: value, colour, and name in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from mrv.imagery.area import MANGROVE, NO_MANGROVE

BEYOND, APPLIES, NO_DATA, NO_POPULATION = 0, 1, 2, 255
"""Values of the map of applicability: the model does not apply, applies, lacks predictors; no mangrove."""


class MapClass(NamedTuple):
    """A class of a map.

    Attributes
    ----------
    colour : tuple of int
    word : str
        For programs.
    en, zh : str
        For people.
    """

    colour: tuple[int, int, int]
    word: str
    en: str
    zh: str

    @property
    def name(self) -> str:
        """Name in both languages."""
        return f"{self.en} {self.zh}"


Classes = Mapping[int, MapClass]

APPLICABILITY: Classes = {
    BEYOND: MapClass((230, 159, 0), "beyond", "the model does not apply", "模型不适用"),
    APPLIES: MapClass((0, 114, 178), "applies", "the model applies", "模型适用"),
    NO_DATA: MapClass((150, 150, 150), "no-data", "no data", "缺数据"),
}
MANGROVE_MASK: Classes = {
    NO_MANGROVE: MapClass((225, 225, 225), "no-mangrove", "no mangrove", "非红树林"),
    MANGROVE: MapClass((0, 158, 115), "mangrove", "mangrove", "红树林"),
}
"""Colours that the colour-blind can tell apart, by Okabe and Ito; they differ in lightness, too."""

CLASSES_OF: Mapping[str, Classes] = {"applicability": APPLICABILITY, "mangrove": MANGROVE_MASK}
"""Classes of each map that has them, by the name of its file."""
