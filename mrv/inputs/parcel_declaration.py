"""What the project file says of the parcels that it wants estimates of."""

from __future__ import annotations

from pydantic import Field

from mrv.inputs.table_source import Document, Layer, Sentence


class ParcelColumns(Document):
    """Columns of a file of parcels."""

    parcel_id: Sentence = Field("parcel_id", description="Column that holds the id of the parcel.")


class ParcelLayer(Layer):
    """Parts of the project as polygons, one feature each, such as holdings or management units."""

    columns: ParcelColumns = Field(default_factory=ParcelColumns, description="Which column is the id.")
