"""What the project file says of imagery: scenes and their seasons, layers, the size of a pixel."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from mrv.inputs.sampling import Day, Positive
from mrv.inputs.table_source import Document, Sentence, TableSource, Word

Share = Annotated[float, Field(ge=0, le=1)]
ReflectanceBand = Literal[
    "blue",
    "green",
    "red",
    "red_edge_1",
    "red_edge_2",
    "red_edge_3",
    "nir",
    "nir_narrow",
    "swir1",
    "swir2",
]
BackscatterBand = Literal["vv", "vh", "hh", "hv"]
IndexName = Literal["ndvi", "evi", "ndwi", "mndwi", "ndmi", "ci_red_edge", "ireci", "mvi", "cmri"]
LayerName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
BandNumber = Annotated[int, Field(ge=1)]
Interpolation = Literal["bilinear", "cubic"]


class Season(Document):
    """A date, and the span of days whose scenes stand for it."""

    date: Day = Field(description="Day that the composite stands for, YYYY-MM-DD.")
    start: Day = Field(description="First day of the season, YYYY-MM-DD.")
    end: Day = Field(description="Day after the last one of the season, YYYY-MM-DD.")


class IntertidalZone(Document):
    """Ground that the tide covers and bares, the same for every scene."""

    file: Sentence = Field(description="GeoPackage, GeoJSON or Shapefile, relative to the project file.")
    layer: Sentence | None = Field(None, description="Layer of the GeoPackage; needed if it has several.")


class TideLimit(Document):
    """Which scenes were taken at low water: by the height of the tide, or by the water that they show."""

    highest_m: float | None = Field(
        None, description="Height of the tide above which a scene is left out; needs tide_height_m. [m]"
    )
    water_share: Share | None = Field(
        None,
        description="Share of the zone under water (MNDWI above 0) above which a scene is left out; needs "
        "zone and the bands green and swir1. [1]",
    )
    zone: IntertidalZone | None = Field(None, description="Intertidal zone in which the water is counted.")
    source: Sentence = Field(description="Where the heights or the zone are from, with their datum.")


class BandLine(Document):
    """A line that brings the reflectance of one sensor to that of another."""

    slope: Positive = Field(description="Factor of the reflectance. [1]")
    intercept: float = Field(description="What is added to it. [1]")


class Adjustment(Document):
    """How the reflectance of one platform is brought to that of the others."""

    bands: dict[ReflectanceBand, BandLine] = Field(
        min_length=1, description="Line of every band that the indices need."
    )
    source: Sentence = Field(description="Where the coefficients are from: publication and table.")


class OpticalSeries(Document):
    """Scenes of an optical sensor, made into one composite for each date."""

    sensor: Literal["sentinel2_l2a", "landsat_c2_l2", "reflectance"] = Field(
        description="Product: its scale, offset and missing number apply. 'reflectance' is any other product "
        "of surface reflectance, by the scale and offset that its files state."
    )
    scenes: Annotated[tuple[TableSource, ...], Field(min_length=1)] = Field(
        description="Tables of scenes; their files are relative to the table."
    )
    bands: dict[ReflectanceBand, BandNumber | Sentence] = Field(
        default_factory=dict,
        description="Band by what it is: its number, or its name in the file. Needed where the files do not "
        "name their bands.",
    )
    mask: Literal["scl", "qa_pixel"] | None = Field(
        None, description="What the files in the column mask_file hold. Left out, no cloud is masked."
    )
    adjustments: dict[Word, Adjustment] = Field(
        default_factory=dict,
        description="By the word in the column platform of the tables of scenes, where one series is made of "
        "several sensors. No coefficients are supposed; platforms that are not listed stay as they are.",
    )
    seasons: Annotated[tuple[Season, ...], Field(min_length=1)] = Field(
        description="Dates and their seasons, the same days of the year for each."
    )
    tide: TideLimit | None = Field(None, description="Which scenes count as taken at low water.")
    composite: Literal["medoid", "geometric_median"] = Field(
        "medoid", description="How the looks at a pixel become one."
    )
    least_looks: int = Field(
        5, ge=1, description="Clear looks that a pixel must have; with fewer it has no data."
    )
    indices: Annotated[tuple[IndexName, ...], Field(min_length=1)] = Field(
        description="Indices of the composite that become predictors."
    )
    interpolation: Interpolation = Field(
        "bilinear", description="How bands are interpolated where the grid is not coarser than they are."
    )


class RadarSeries(Document):
    """Scenes of radar backscatter (gamma nought, terrain-flattened), and their statistics for each date."""

    scenes: Annotated[tuple[TableSource, ...], Field(min_length=1)] = Field(
        description="Tables of scenes; their files are relative to the table."
    )
    stored: Literal["power", "decibel"] = Field(
        description="What the files hold; averages are always taken of power."
    )
    bands: dict[BackscatterBand, BandNumber | Sentence] = Field(
        default_factory=dict, description="Band by its polarisation: its number, or its name in the file."
    )
    polarisations: Annotated[tuple[BackscatterBand, ...], Field(min_length=1)] = Field(
        description="Polarisations that become predictors."
    )
    seasons: Annotated[tuple[Season, ...], Field(min_length=1)] = Field(
        description="Dates and their seasons, the same days of the year for each."
    )
    statistics: Annotated[tuple[Literal["mean", "median"], ...], Field(min_length=1)] = Field(
        ("median",), description="Statistics over the scenes of a season."
    )
    predictors_in: Literal["power", "decibel"] = Field(
        "decibel", description="Scale of the predictors; the statistics are of power all the same."
    )
    least_looks: int = Field(5, ge=1, description="Looks that a pixel must have; with fewer it has no data.")
    interpolation: Interpolation = Field(
        "bilinear", description="How bands are interpolated where the grid is not coarser than they are."
    )


class RasterLayer(Document):
    """A single raster: a canopy height, an elevation, another continuous quantity, a map of classes."""

    id: LayerName = Field(description="Name of the layer, and of the predictor: a-z, 0-9 and _.")
    kind: Literal["canopy_height", "elevation", "continuous", "class_map"] = Field(
        description="What it holds; a class_map is no predictor and is never interpolated."
    )
    file: Sentence = Field(description="GeoTIFF, VRT, netCDF or Zarr, relative to the project file.")
    band: BandNumber | Sentence = Field(1, description="Number of the band, or its name in the file.")
    unit: Sentence | None = Field(
        None,
        description="Unit of the values; needed where the file states none. Heights: m, dm or cm.",
    )
    date: Day | None = Field(
        None, description="Day that it stands for; left out for what does not change, such as an elevation."
    )
    coverage: Literal["wall_to_wall", "sample"] = Field(
        "wall_to_wall", description="Whether it covers the whole area, or strips and footprints of it."
    )
    mangrove: tuple[int, ...] | None = Field(
        None, description="Classes that are mangrove; ground of other classes is not mapped. class_map only."
    )
    no_data: Literal["unknown", "not_mangrove"] = Field(
        "unknown",
        description="What pixels without data are: a map without a class for other ground says so here.",
    )
    interpolation: Interpolation = Field(
        "bilinear", description="How values are interpolated where the grid is not coarser than they are."
    )
    source: Sentence = Field(description="Where the layer is from.")


class Imagery(Document):
    """Views from above, brought onto one grid: predictors of biomass, and maps of classes."""

    resolution_m: Positive = Field(description="Side of a pixel of the grid, in the reference system. [m]")
    optical: OpticalSeries | None = Field(None, description="Scenes of an optical sensor.")
    radar: RadarSeries | None = Field(None, description="Scenes of radar backscatter.")
    layers: tuple[RasterLayer, ...] = Field((), description="Single rasters.")
