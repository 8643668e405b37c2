"""A sheet to draw on, and its two files: the same bytes for the same drawing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pylopdf_fonts_zh_cn

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MM_PER_INCH = 25.4
DOTS_PER_INCH = 200

INK, MUTED = "#111111", "#555555"

CHINESE = "Noto Sans SC"
"""Font of what DejaVu Sans lacks: strata and places have Chinese names, and a blank box is no name."""

OURS = {
    "font.family": ["DejaVu Sans", CHINESE],
    "font.size": 8.0,
    "axes.titlesize": 9.0,
    "axes.edgecolor": MUTED,
    "axes.linewidth": 0.6,
    "axes.titlelocation": "left",
    "text.color": INK,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "hatch.linewidth": 0.5,
    "figure.dpi": DOTS_PER_INCH,
    "savefig.dpi": DOTS_PER_INCH,
    "svg.hashsalt": "mrv",
    "svg.fonttype": "path",
}
"""Settings of every picture; those of the user are not looked at."""


@contextmanager
def sheet(
    width_mm: float, height_mm: float, folder: Path, name: str, *, notices: Sequence[str]
) -> Iterator[Figure]:
    """Sheet to draw on, written as ``name.png`` and ``name.svg`` when the block ends well.

    Parameters
    ----------
    width_mm, height_mm : float
    folder : Path
        Exists.
    name : str
    notices : sequence of str
        What must be said at the top of the sheet, such as that its data are simulated.
    """
    # Imported here: it takes a second, and most commands draw nothing.
    import matplotlib as mpl  # noqa: PLC0415
    from matplotlib import font_manager  # noqa: PLC0415
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415
    from matplotlib.figure import Figure  # noqa: PLC0415

    if CHINESE not in font_manager.fontManager.get_font_names():
        font_manager.fontManager.addfont(str(pylopdf_fonts_zh_cn.sans_path()))
    # The backend is none of a drawing's settings: asking for the default one would look for a screen.
    plain = {str(key): value for key, value in mpl.rcParamsDefault.items() if "backend" not in key}
    with mpl.rc_context(plain | OURS):  # type: ignore[arg-type]
        figure = Figure(figsize=(width_mm / MM_PER_INCH, height_mm / MM_PER_INCH), layout="constrained")
        FigureCanvasAgg(figure)
        yield figure
        if notices:
            figure.text(0.995, 0.995, " · ".join(notices), ha="right", va="top", fontsize=7, color=MUTED)
        figure.savefig(folder / f"{name}.png", metadata={"Software": None})
        figure.savefig(folder / f"{name}.svg", metadata={"Date": None, "Creator": None})
