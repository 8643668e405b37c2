"""A model as two files: ``model.json`` for people and ``model.npz`` for its arrays. No code is stored.

Reading gives back the same numbers to the last bit, so it predicts the same bits.
"""

from __future__ import annotations

import dataclasses
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from mrv.errors import InputError
from mrv.findings import Finding, Phrase
from mrv.mapping.applicability import Applicability
from mrv.mapping.forms import (
    BackTransform,
    GaussianProcess,
    Kriged,
    Linear,
    PowerLaw,
    StratumMeans,
)
from mrv.mapping.model import BiomassModel, ResidualSpread
from mrv.mapping.model_error import LittleBags, Refits
from mrv.mapping.trees import Trees

SCHEMA = "mrv-biomass-model/2"

PARTS: Mapping[str, type] = MappingProxyType(
    {
        part.__name__: part
        for part in (
            Applicability,
            BackTransform,
            BiomassModel,
            GaussianProcess,
            Kriged,
            Linear,
            LittleBags,
            PowerLaw,
            Refits,
            ResidualSpread,
            StratumMeans,
            Trees,
        )
    }
)
"""What a stored model may be made of."""

JSON_FILE, ARRAY_FILE = "model.json", "model.npz"


def _document(value: Any, path: str, arrays: dict[str, np.ndarray[Any, Any]]) -> Any:
    """Value as JSON, with arrays taken out and named by the place they stand at."""
    if isinstance(value, np.ndarray):
        arrays[path] = value
        return {"array": path, "shape": list(value.shape)}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {
            field.name: _document(getattr(value, field.name), f"{path}.{field.name}".lstrip("."), arrays)
            for field in dataclasses.fields(value)
        }
        return {"part": type(value).__name__, **fields}
    if isinstance(value, tuple):
        return [_document(inner, f"{path}.{number}", arrays) for number, inner in enumerate(value)]
    return dict(value) if isinstance(value, Mapping) else value


def _value(document: Any, arrays: Mapping[str, np.ndarray[Any, Any]]) -> Any:
    if isinstance(document, list):
        return tuple(_value(inner, arrays) for inner in document)
    if not isinstance(document, dict):
        return document
    if "array" in document:
        return arrays[document["array"]]
    if "part" in document:
        part = PARTS[document["part"]]
        return part(**{name: _value(inner, arrays) for name, inner in document.items() if name != "part"})
    return document


def write_model(folder: Path, model: BiomassModel) -> None:
    """Write a model into an existing folder; the same bytes for the same model."""
    arrays: dict[str, np.ndarray[Any, Any]] = {}
    document = {"schema": SCHEMA, "model": _document(model, "", arrays)}
    text = json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False)
    (folder / JSON_FILE).write_bytes((text + "\n").encode())
    np.savez(folder / ARRAY_FILE, **arrays)  # type: ignore[arg-type]


def read_model(folder: Path) -> BiomassModel:
    """Model of a folder.

    Raises
    ------
    InputError
        If the folder holds none, or one of another form.
    """
    try:
        document = json.loads((folder / JSON_FILE).read_text(encoding="utf-8"))
        schema = document.get("schema") if isinstance(document, dict) else None
        if schema != SCHEMA:
            raise InputError(
                [
                    Finding(
                        str(folder / JSON_FILE),
                        "stored-model-schema",
                        "schema is {found!r}; {allowed} is read",
                        {"found": schema, "allowed": SCHEMA},
                    )
                ]
            )
        with np.load(folder / ARRAY_FILE, allow_pickle=False) as arrays:
            model = _value(document["model"], dict(arrays))
    except FileNotFoundError as error:
        raise _unreadable(Path(str(error.filename)), Phrase("there is no such file")) from None
    except (ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise _unreadable(folder / JSON_FILE, f"{type(error).__name__}: {error}") from None
    if not isinstance(model, BiomassModel):
        raise _unreadable(folder / JSON_FILE, Phrase("it describes something else"))
    return model


def _unreadable(file: Path, reason: str | Phrase) -> InputError:
    return InputError(
        [
            Finding(
                str(file),
                "stored-model",
                "cannot be read as a stored model: {reason}",
                {"reason": reason},
            )
        ]
    )
