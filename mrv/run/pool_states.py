"""How each pool stands: accounted, reported only, or not measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mrv.biomass.plots import POOLS
from mrv.inputs.accounting_declaration import DEAD_MATTER
from mrv.run.results import PoolState, Standing
from mrv.run.soil_documents import has_soil
from mrv.run.stated_estimates import stated_pools

if TYPE_CHECKING:
    from mrv.run.estimate import Estimated
    from mrv.run.prepare import Prepared

NOT_MEASURED = ("litter", "soil")
"""Pools that no table of the project describes."""

NOT_IN_SINK: Standing = "not measured (conservatively excluded)"


def pool_states(prepared: Prepared, estimated: Estimated) -> list[PoolState]:
    """Every pool and how it stands; none without a survey."""
    if not prepared.inputs.surveys:
        return []
    states: dict[str, Standing] = dict.fromkeys((*POOLS, *NOT_MEASURED), NOT_IN_SINK)
    states |= dict.fromkeys(stated_pools(prepared.inputs), "reported only")
    if prepared.tree_surveys:
        states |= dict.fromkeys(prepared.measured_pools, "reported only")
    for survey in estimated.surveys:
        states |= dict.fromkeys(survey.ground, "reported only")
    if has_soil(prepared.inputs):
        states["soil"] = "reported only"
    if prepared.tree_surveys:
        states |= dict.fromkeys(prepared.pools_in_sink, "accounted")
    if prepared.methodology is not None:
        accounting, project = prepared.methodology.accounting, prepared.inputs.project
        # A methodology may count a pool by a rate of its own, measured or not; where it leaves the choice to
        # the project, a pool counts as the project says.
        chosen = {*(["soil"] if accounting.soil else []), *(DEAD_MATTER if accounting.dead_matter else [])}
        own = prepared.methodology.document.pools.keys() & states.keys()
        states |= dict.fromkeys(own - chosen, "accounted")
        if accounting.soil and project.soil_in_sink is not None:
            states["soil"] = "accounted"
    return [PoolState(pool=pool, state=state) for pool, state in states.items()]
