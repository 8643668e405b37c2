"""What the project file says of a survey: when, by which design, on which plots and subplots."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import Field

from mrv.inputs.downed_declaration import DownedWood
from mrv.inputs.estimator_keys import CollapsedStrata, EstimatorKeys
from mrv.inputs.quadrat_declaration import Pneumatophores, Quadrats
from mrv.inputs.quarantine import QuarantinedNames
from mrv.inputs.remeasurement import Remeasurement
from mrv.inputs.soil_declaration import SoilDeclaration
from mrv.inputs.stated_biomass import StatedBiomass
from mrv.inputs.table_source import Document, Layer, Sentence, TableSource, Word
from mrv.yaml_file import DAY_PATTERN

Day = Annotated[
    str,
    Field(
        pattern=DAY_PATTERN,
        description="A day, YYYY-MM-DD.",
    ),
]
Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]

DesignKind = Literal[
    "simple_random", "stratified", "systematic", "cluster", "unequal_probability", "purposive"
]


class Design(Document):
    """How the plots were chosen; it decides which estimator and which interval may be used."""

    kind: DesignKind = Field(
        description="simple_random: over the whole area; stratified: at random within each stratum; "
        "systematic: on a grid; cluster: groups of plots; unequal_probability: drawn with replacement, each "
        "with its draw_probability; purposive: chosen by judgement, which gives no design-based interval."
    )
    note: str | None = Field(None, description="Anything a verifier should know of the design.")
    clusters_in_stratum: dict[str, Annotated[int, Field(ge=1)]] | None = Field(
        None, description="Number of clusters each stratum holds in all, if it is known. Cluster design only."
    )
    block_kriging: bool = Field(
        False,
        description="True: a mean by ordinary block kriging stands beside, where fifty plots or more show a "
        "clear variogram; reported, not credited. Purposive design without a map only.",
    )
    collapse: tuple[CollapsedStrata, ...] = Field(
        (),
        description="Strata that share one variance, as a stratum with a single plot has none of its own. "
        "Without it such a stratum is refused.",
    )


class Subplot(Document):
    """A part of a plot in which trees of one range of diameters are measured."""

    id: Word = Field(min_length=1, description="Name of the subplot, as in the column subplot_id.")
    radius_m: Positive | None = Field(None, description="Radius of the circle. [m] Either this or area_m2.")
    area_m2: Positive | None = Field(None, description="Horizontal area. [m2] Either this or radius_m.")
    dbh_min_cm: NotNegative = Field(description="Smallest diameter measured here, included. [cm]")
    dbh_max_cm: Positive | None = Field(
        None, description="Diameter from which on trees are measured elsewhere, excluded. [cm] Default: none."
    )
    count: int = Field(1, ge=1, description="How many such subplots a plot has.")

    @property
    def total_area_m2(self) -> float:
        """Horizontal area of all subplots of this kind in a plot; NaN if undeclared. [m2]"""
        if self.area_m2 is not None:
            return self.count * self.area_m2
        return self.count * math.pi * self.radius_m**2 if self.radius_m is not None else math.nan

    @property
    def dbh_limit_cm(self) -> float:
        """Diameter at which the subplot's range ends, excluded; infinite if it is open. [cm]"""
        return math.inf if self.dbh_max_cm is None else self.dbh_max_cm


class TreelessPlots(Document):
    """Plots that were visited and have no trees; without this declaration such a plot is an error."""

    plots: tuple[Word, ...] | Literal["all"] = Field(
        description="Ids of the plots, or 'all' for every plot that the tree tables do not mention."
    )
    reason: Sentence = Field(description="Why they have none, in words.")


class FieldDays(Document):
    """From when to when a survey was in the field."""

    start: Day = Field(description="First day, YYYY-MM-DD.")
    end: Day = Field(description="Last day, included, YYYY-MM-DD.")


class OutlineColumns(Document):
    """Columns of a layer of plots."""

    plot_id: Sentence = Field("plot_id", description="Column that holds the id of the plot.")


class PlotOutlines(Layer):
    """Plots as polygons; their areas are compared with those that are declared."""

    columns: OutlineColumns = Field(default_factory=OutlineColumns, description="Which column is the id.")


class SurveyDeclaration(Document):
    """One survey: a date, a design, its plots, and what was measured on them."""

    date: Day = Field(description="Day the survey stands for, YYYY-MM-DD.")
    design: Design = Field(description="How the plots were chosen.")
    estimator: EstimatorKeys | None = Field(
        None,
        description="What is known of the whole area beside the plots, and the estimator that uses it. Left "
        "out, the mean that the design gives.",
    )
    clusters: TableSource | None = Field(
        None,
        description="Table of clusters: cluster_id; optional x, y or longitude, latitude, plots_in_cluster.",
    )
    plots: TableSource = Field(
        description="Table of plots: plot_id, stratum_id; optional cluster_id, x, y or longitude, latitude, "
        "plot_area_m2; what an estimator or a draw with unequal chances needs: auxiliary, post_stratum, "
        "draw_probability, times_drawn, unit_area_ha."
    )
    field_days: FieldDays | None = Field(
        None, description="Field campaign; days in the column measured_on must lie within it."
    )
    plot_outlines: PlotOutlines | None = Field(
        None, description="Layer of the plots as polygons, in any coordinate system."
    )
    treeless_plots: TreelessPlots | None = Field(
        None, description="Plots that have no trees, with the reason."
    )
    subplots: tuple[Subplot, ...] = Field(
        (),
        description="Which diameters are measured on which part of a plot. Left out only if the plots table "
        "has plot_area_m2.",
    )
    trees: tuple[TableSource, ...] = Field(
        (),
        description="One or several tables of trees: plot_id, species, dbh_cm or girth_cm, status, pom; "
        "optional tree_id, stem_id, subplot_id, d0_cm, height_m, wood_density_g_cm3, decay_class, pom_m. "
        "A survey without them has soil or stated_biomass.",
    )
    stated_biomass: StatedBiomass | None = Field(
        None,
        description="Biomass or carbon of plots as a publication states it, where there are no trees to "
        "compute it from; reported, not credited.",
    )
    remeasured: Remeasurement | None = Field(
        None, description="Plots measured again by another crew that did not see the first values."
    )
    downed_wood: DownedWood | None = Field(
        None,
        description="Downed wood on lines through the plots; in the sink only by dead_matter_in_sink.",
    )
    litter: Quadrats | None = Field(
        None,
        description="Litter on quadrats; the tide carries it away: in the sink only by dead_matter_in_sink.",
    )
    understory: Quadrats | None = Field(
        None, description="Seedlings, ferns and herbs on quadrats; reported, not credited."
    )
    pneumatophores: Pneumatophores | None = Field(
        None, description="Pneumatophores on quadrats, where no tree equation holds them; not credited."
    )
    quarantine: tuple[QuarantinedNames, ...] = Field(
        (), description="Plots, or trees of a plot, that are left out because they are not believed."
    )
    soil: SoilDeclaration | None = Field(
        None, description="Soil cores of the plots; in the sink only by soil_in_sink."
    )

    @property
    def quadrat_pools(self) -> dict[str, Quadrats]:
        """Pools that the survey weighed or counted on quadrats, by name."""
        found = {
            "litter": self.litter,
            "understory": self.understory,
            "pneumatophores": self.pneumatophores,
        }
        return {pool: declared for pool, declared in found.items() if declared is not None}
