"""Files of the carbon of two maps: everything as JSON with its trail, tables, and maps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mrv.imagery.area import blocks_of
from mrv.inputs.class_map import OUTSIDE
from mrv.run.area_files import run_record
from mrv.run.class_carbon import METHODOLOGY, CarbonMap
from mrv.run.cog_files import RasterLayer, cog_files
from mrv.run.outputs import RUN_FILE, whole_folder, write_csv, write_json
from mrv.run.prepare import SIMULATED
from mrv.run.trace import step_of_quantity

CARBON_RESULTS_SCHEMA = "mrv-carbon-results/1"
CARBON_RESULTS_FILE = "carbon.json"
CARBON = "extent carbon"


def transitions_table(found: CarbonMap) -> pd.DataFrame:
    """One row for each pair of classes and pool: ground, carbon per hectare, removals."""
    inputs = found.inputs
    numbers = [inputs.number(pair) for pair in inputs.present]
    quantities = {
        "initial_t_c_ha": "initial_carbon",
        "at_change_t_c_ha": "carbon_at_change",
        "disturbed_t_c_ha": "disturbed_carbon",
        "released_t_c_ha": "released_carbon",
        "final_t_c_ha": "final_carbon",
        "removals_until_change_t_co2e": "removals_until_change",
        "removals_after_change_t_co2e": "removals_after_change",
    }
    summed = {
        column: found.quantities[name].value.sum("interval", skipna=False)
        if "interval" in found.quantities[name].value.dims
        else found.quantities[name].value
        for column, name in quantities.items()
    }
    return pd.DataFrame(
        [
            {
                "class_before": pair[0],
                "class_after": pair[1],
                "pool": pool,
                "pixels": int(found.areas.pixels[number]),
                "area_ha": float(found.areas.area_ha[number]),
                **{column: float(values[row, place]) for column, values in summed.items()},
            }
            for row, (pair, number) in enumerate(zip(inputs.present, numbers, strict=True))
            for place, pool in enumerate(inputs.pools)
        ]
    )


def years_table(found: CarbonMap) -> pd.DataFrame:
    """One row for each interval after the change: what was gained less what was released, over all ground."""
    removals = found.quantities["interval_removals"].value.to_numpy()
    starts = (found.inputs.declared.after.date, *(day.isoformat() for day in found.interval_ends[:-1]))
    return pd.DataFrame(
        {
            "from": starts,
            "to": [day.isoformat() for day in found.interval_ends],
            "removals_t_co2e": removals,
        }
    )


def carbon_record(found: CarbonMap) -> dict[str, Any]:
    """Everything that was computed, as plain data."""
    inputs = found.inputs
    declared = inputs.declared
    until = float(found.quantities["removals_until_change"].value.sum(skipna=False))
    after = float(found.quantities["interval_removals"].value.sum(skipna=False))
    return {
        "schema": CARBON_RESULTS_SCHEMA,
        "id": declared.id,
        "simulated": declared.simulated,
        "methodology": METHODOLOGY,
        "conformance": found.edition.document.conformance,
        "dates": {"before": declared.before.date, "after": declared.after.date, "until": declared.until},
        "area_ha": float(found.areas.area_ha.sum()),
        "removals_until_change_t_co2e": until,
        "removals_after_change_t_co2e": after,
        "standard_error_t_co2e": None,
        "waivers": [own.model_dump() for own in declared.waivers],
        "transitions": transitions_table(found).to_dict("records"),
        "years": years_table(found).to_dict("records"),
        "steps": {
            name: step_of_quantity(quantity).model_dump(mode="json")
            for name, quantity in found.quantities.items()
        },
    }


def _maps(found: CarbonMap) -> dict[RasterLayer, NDArray[np.float32]]:
    """Each map, and its value by the number of a pair of classes."""
    declared = found.inputs.declared
    first, change, last = declared.before.date, declared.after.date, declared.until
    initial, final = found.by_code("initial_carbon"), found.by_code("final_carbon")
    notice = f"{SIMULATED}: " if declared.simulated else ""

    def layer(name: str, description: str) -> RasterLayer:
        return RasterLayer(name, notice + description, "t C/ha", "float32", np.nan)

    return {
        layer("stock_first", f"carbon by the classes of the maps, {first}"): initial,
        layer("stock_last", f"carbon by the classes of the maps, {last}"): final,
        layer("change", f"change of carbon, {first} to {last}"): final - initial,
        layer("released", f"carbon released by changes of class, {change} to {last}"): found.by_code(
            "released_carbon"
        ),
    }


def write_carbon(found: CarbonMap, out: Path) -> None:
    """Write the carbon of two maps into a folder, whole or not at all; older results in it are replaced."""
    inputs, maps = found.inputs, _maps(found)
    with whole_folder(out, CARBON) as folder:
        write_json(folder / CARBON_RESULTS_FILE, carbon_record(found))
        write_csv(folder / "transitions.csv", transitions_table(found))
        write_csv(folder / "years.csv", years_table(found))
        with cog_files(folder, inputs.grid, list(maps)) as write:
            for block in blocks_of(inputs.grid):
                index = inputs.index[
                    block.top : block.top + block.height, block.left : block.left + block.width
                ]
                if (index == OUTSIDE).all():
                    continue
                for layer, table in maps.items():
                    write(layer.name, block, table[index])
        write_json(folder / RUN_FILE, run_record(CARBON, inputs.files, None, folder))
