"""Named quantities, each with its clause and unit, evaluated as a graph.

The name of an equation is the quantity that it gives; its parameters are the quantities that it
takes. Apache Hamilton builds the graph from the names. Every value on the way is returned, with its
clause and with the names it was computed from, so that the result carries its own trace.
"""

from __future__ import annotations

import ast
import inspect
import logging
import textwrap
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Literal

import xarray as xr

from mrv.accounting.given import Given, GivenKind
from mrv.accounting.protocol import Input
from mrv.errors import MethodologyError

EquationFunction = Callable[..., xr.DataArray]


@dataclass(frozen=True)
class Equation:
    """An equation of a methodology.

    Attributes
    ----------
    name : str
        Quantity that it gives.
    clause, unit : str
    dims : tuple of str
        Dimensions that its result has at least.
    inputs : tuple of str
        Quantities that it takes, in the order of its parameters.
    description : str
        First line of its docstring.
    function : callable
    """

    name: str
    clause: str
    unit: str
    dims: tuple[str, ...]
    inputs: tuple[str, ...]
    description: str
    function: EquationFunction

    @property
    def formula(self) -> str:
        """Expression that the function returns, as it is written."""
        tree = ast.parse(textwrap.dedent(inspect.getsource(self.function)))
        returned = [node.value for node in ast.walk(tree) if isinstance(node, ast.Return) and node.value]
        return ast.unparse(returned[-1])


@dataclass(frozen=True)
class Quantity:
    """A value with its unit, its clause and what it was computed from.

    Attributes
    ----------
    name : str
    value : DataArray
    unit, clause, description : str
    formula : str
        Expression of the equation; empty for what was given.
    inputs : tuple of str
        Quantities it was computed from; empty for what was given.
    kind : {"equation", "parameter", "measured", "stated", "constant"}
    source : str
        Citation of what was given; module and function of what was computed.
    """

    name: str
    value: xr.DataArray
    unit: str
    clause: str
    description: str
    formula: str
    inputs: tuple[str, ...]
    kind: Literal["equation"] | GivenKind
    source: str


def equation(
    *, clause: str, unit: str, dims: tuple[str, ...] = ()
) -> Callable[[EquationFunction], EquationFunction]:
    """Declare that a function is an equation of a methodology.

    Parameters
    ----------
    clause : str
        Where the methodology states it.
    unit : str
        Unit of what it returns.
    dims : tuple of str
        Dimensions that what it returns has at least.
    """

    def declare(function: EquationFunction) -> EquationFunction:
        description = (inspect.getdoc(function) or "").partition("\n")[0].strip()
        inputs = tuple(inspect.signature(function).parameters)
        declared = Equation(function.__name__, clause, unit, dims, inputs, description, function)
        function.__dict__["equation"] = declared
        return function

    return declare


def equations(modules: Iterable[ModuleType]) -> dict[str, Equation]:
    """Equations of modules by name.

    Raises
    ------
    MethodologyError
        If a public function of a module declares no clause and unit, or a name occurs twice.
    """
    found: dict[str, Equation] = {}
    problems: list[str] = []
    for module in modules:
        for name, function in inspect.getmembers(module, inspect.isfunction):
            if name.startswith("_") or function.__module__ != module.__name__:
                continue
            declared = getattr(function, "equation", None)
            if not isinstance(declared, Equation):
                problems.append(f"{module.__name__}.{name} declares no clause and unit")
            elif name in found:
                other = found[name].function.__module__
                problems.append(f"{name} is stated by {other} and by {module.__name__}")
            else:
                found[name] = declared
    if problems:
        raise MethodologyError("; ".join(problems))
    return found


def declared_inputs(modules: Iterable[ModuleType]) -> dict[str, Input]:
    """Inputs that modules list in ``INPUTS``, by name."""
    return {entry.name: entry for module in modules for entry in getattr(module, "INPUTS", ())}


def inputs_needed(
    modules: Iterable[ModuleType], targets: Collection[str] | None = None, given: Collection[str] = ()
) -> tuple[str, ...]:
    """Names that must be given for the targets (for every equation if left out), in alphabetical order.

    Nothing is looked for behind a name that is given already.
    """
    stated = equations(modules)
    wanted = stated if targets is None else targets
    return tuple(sorted(_upstream(stated, wanted, given) - set(stated)))


def computable(modules: Iterable[ModuleType], given: Collection[str]) -> tuple[str, ...]:
    """Equations for which everything needed is among the given names, in alphabetical order."""
    stated = equations(modules)
    return tuple(name for name in sorted(stated) if _upstream(stated, [name], given) <= {*stated, *given})


def _upstream(stated: Mapping[str, Equation], targets: Iterable[str], given: Collection[str]) -> set[str]:
    """Targets and all that they depend on; nothing is looked for behind a name that is given."""
    seen: set[str] = set()
    waiting = list(targets)
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += stated[name].inputs if name in stated and name not in given else ()
    return seen


def build(modules: Sequence[ModuleType]) -> Any:
    """Hamilton driver over the modules.

    Raises
    ------
    MethodologyError
        As :func:`equations`.
    """
    # Imported here: it takes more than a second, and most commands do without it.
    from hamilton import registry  # noqa: PLC0415

    # Its extensions for other libraries would import scikit-learn and matplotlib: a second and a half.
    registry.disable_autoload()
    from hamilton import driver  # noqa: PLC0415

    equations(modules)
    with _without_banner():
        return driver.Builder().with_modules(*modules).build()


def evaluate(
    modules: Sequence[ModuleType],
    given: Mapping[str, Given],
    targets: Collection[str] | None = None,
) -> dict[str, Quantity]:
    """Value of every quantity that the targets rest on.

    A value given under the name of an equation takes that equation's place.

    Parameters
    ----------
    modules : sequence of modules
    given : mapping of str to Given
        Names that nothing asks for are left out of the result.
    targets : collection of str, optional
        Quantities wanted; every equation of the modules if left out.

    Returns
    -------
    dict of str to Quantity
        In alphabetical order; given values and constants among them.

    Raises
    ------
    MethodologyError
        If a target is no quantity of the modules, if inputs are missing (all are named), or if a
        value is given in another unit or without a dimension that the equations take.
    """
    stated = equations(modules)
    wanted = sorted(targets if targets is not None else stated)
    needed = _upstream(stated, wanted, given)
    _refuse(_problems(modules, stated, given, wanted, needed))
    used = {name: given[name] for name in needed if name in given}
    arrays = {name: xr.DataArray(entry.value) for name, entry in used.items()}
    computed = sorted(needed - set(used))
    values = _execute(modules, computed, arrays, stated) if computed else {}
    result = {name: _computed(stated[name], values[name]) for name in computed}
    result |= {name: _given(name, used[name], arrays[name]) for name in used}
    return {name: result[name] for name in sorted(result)}


def _execute(
    modules: Sequence[ModuleType],
    names: Sequence[str],
    arrays: Mapping[str, xr.DataArray],
    stated: Collection[str],
) -> Mapping[str, xr.DataArray]:
    hamilton = build(modules)
    with _without_banner():
        values: Mapping[str, xr.DataArray] = hamilton.execute(
            names,
            inputs={name: array for name, array in arrays.items() if name not in stated},
            overrides={name: array for name, array in arrays.items() if name in stated},
        )
    return values


def _problems(
    modules: Iterable[ModuleType],
    stated: Mapping[str, Equation],
    given: Mapping[str, Given],
    wanted: Iterable[str],
    needed: Collection[str],
) -> list[str]:
    known: Mapping[str, Input | Equation] = {**declared_inputs(modules), **stated}
    unknown = [name for name in wanted if name not in stated and name not in given]
    missing = sorted(name for name in needed if name not in stated and name not in given)
    problems = [f"{name} is not a quantity of the methodology" for name in unknown]
    problems += [
        f"{name} is missing" + (f" [{known[name].unit}]" if name in known else "")
        for name in missing
        if name not in unknown
    ]
    return problems + [
        problem
        for name in sorted(needed)
        if name in given and name in known
        for problem in given_problems(name, given[name], known[name])
    ]


def given_problems(name: str, given: Given, declared: Input | Equation) -> list[str]:
    """What keeps a given from taking the place of an input or of an equation: unit, dimensions."""
    problems = []
    if given.unit != declared.unit:
        problems.append(f"{name} is given in {given.unit}; the equations take {declared.unit}")
    lacking = [dim for dim in declared.dims if dim not in xr.DataArray(given.value).dims]
    if lacking:
        problems.append(f"{name} is given without the dimension {', '.join(lacking)}")
    return problems


def _refuse(problems: Sequence[str]) -> None:
    if problems:
        raise MethodologyError("; ".join(problems))


def _computed(stated: Equation, value: xr.DataArray) -> Quantity:
    source = f"{stated.function.__module__}.{stated.name}"
    return Quantity(
        stated.name,
        value,
        stated.unit,
        stated.clause,
        stated.description,
        stated.formula,
        stated.inputs,
        "equation",
        source,
    )


def _given(name: str, entry: Given, value: xr.DataArray) -> Quantity:
    return Quantity(
        name, value, entry.unit, entry.clause, entry.description, "", (), entry.kind, entry.source
    )


@contextmanager
def _without_banner() -> Iterator[None]:
    """Keep Hamilton from printing an advertisement besides an exception, which travels on unchanged."""
    logger = logging.getLogger("hamilton.driver")
    before = logger.disabled
    logger.disabled = True
    try:
        yield
    finally:
        logger.disabled = before
