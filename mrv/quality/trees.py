"""The rules on the trees of one survey, in the order in which they are told."""

from __future__ import annotations

from mrv.quality.digits import digit_preference
from mrv.quality.heights import (
    height_below_measurement,
    height_diameter,
    height_outlier,
    point_of_measurement,
    unusual_diameter,
    unusual_height,
)
from mrv.quality.measuring_units import unit_of_sheet
from mrv.quality.repeats import plots_copied, repeated_stems, rows_repeated
from mrv.quality.tree_records import Check

TREE_CHECKS: tuple[Check, ...] = (
    unit_of_sheet,
    unusual_diameter,
    unusual_height,
    height_diameter,
    height_below_measurement,
    height_outlier,
    repeated_stems,
    rows_repeated,
    plots_copied,
    digit_preference,
    point_of_measurement,
)
