"""Every text of the code that people read, by reading the code itself.

A text is handed to one of a few callables (:data:`SINKS`). What is handed over is followed to where it
is written: through conditions, sums, local names, loops over literal tables, constants of modules, and
through functions that only pass it on. Where that is not possible, the expression must be listed in
:data:`WORDS`, with the words it can stand for; otherwise collecting fails.
"""

from __future__ import annotations

import ast
import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, get_args

import click

import mrv
from mrv.accounting.engine import equations, inputs_needed
from mrv.accounting.registry import accounting_ids, find
from mrv.auction import dossier
from mrv.biomass.admission import Verdict
from mrv.biomass.plots import POOLS
from mrv.cli import budget, main, model_summary, stock_summary
from mrv.cli.intervals import INTERVALS
from mrv.finance.cash_flow import YearStanding
from mrv.inference.kriged import NOT_CLEAR
from mrv.inference.of_model import NO_ERROR
from mrv.inference.of_sample import SEEN_WITHOUT_ERROR
from mrv.inference.rules import RULES
from mrv.inputs.accounting_declaration import Scenario
from mrv.inputs.columns import TREE_COLUMNS
from mrv.mapping.candidate import Unfit
from mrv.mapping.candidates import ALL
from mrv.methodologies import Conformance, load_methodology
from mrv.provenance import Evidence
from mrv.reference import Status
from mrv.report import map_view, pictures
from mrv.report.labels import COMPONENTS, CREDIT_LINES, CREDIT_STEPS, POOL_NAMES, SPELT_OUT
from mrv.report.verification import VERDICTS
from mrv.run import area_files, figures
from mrv.run.parcels import NO_PARCEL_ERROR
from mrv.run.pool_states import NOT_MEASURED
from mrv.run.results import ConditionRecord, ErrorComponent, Standing
from mrv.run.trace import ESTIMATED
from mrv.verification.checks import State
from mrv.verification.grades import GRADES
from mrv.verification.reliance import Kind
from mrv.verification.remeasurement import Outcome

ROOT = Path(mrv.__file__).parent

SINKS: dict[str, tuple[int, str]] = {
    "Finding": (2, "message"),
    "KeyFinding": (2, "message"),
    "Phrase": (0, "template"),
    "UsageError": (0, "message"),
    "NetworkError": (0, "message"),
    "CredentialsError": (0, "message"),
    "translated": (0, "text"),
    "translate": (0, "text"),
    "phrase": (0, "text"),
    "progress": (0, "step"),
    "long_step": (0, "step"),
    "InterruptedWorkError": (0, "message"),
    "table": (0, "columns"),
    "Input": (3, "description"),
    "NoDefaultError": (0, "message"),
    "IncoherentInputError": (0, "message"),
    "MismatchError": (0, "message"),
    "words": (0, "template"),
}
"""Callables that take a text for people: position and name of it. :func:`keys` adds further ones."""

WORDS: dict[str, tuple[str, ...]] = {
    **{
        f"cli.{summary}: {written}": INTERVALS
        for summary in ("stock_summary", "soil_summary", "stated_summary")
        for written in ("*INTERVALS", "INTERVALS[0]", "INTERVALS")
    },
    "cli.methodology: document.conformance": get_args(Conformance),
    "cli.extent_carbon: found.edition.document.conformance": get_args(Conformance),
    "cli.methodology_text: methodology.conformance": get_args(Conformance),
    "cli.summary: results.methodology.conformance": get_args(Conformance),
    "cli.standing: results.methodology.conformance": get_args(Conformance),
    "cli.methodology_graph: document.conformance": get_args(Conformance),
    "cli.ledger_text: entry.act.methodology.conformance": get_args(Conformance),
    "cli.methodology_text: result.conformance": get_args(Conformance),
    "cli.methodology_text: dated.evidence": get_args(Evidence),
    "cli.scenario_summary: entry.scenario": get_args(Scenario),
    "cli.model_summary: own.candidate": tuple(ALL),
    "cli.map: stored.candidate": tuple(ALL),
    "cli.model_summary: name": tuple(ALL),
    "cli.model_summary: reason": get_args(Unfit),
    "cli.model_summary: DESIGNS[model.chosen_by]": tuple(model_summary.DESIGNS.values()),
    "cli.model_summary: DESIGNS[judged.design]": tuple(model_summary.DESIGNS.values()),
    "cli.summary: pool": (*POOLS, *NOT_MEASURED),
    "cli.stock_summary: POOLS[pool]": tuple(POOL_NAMES.values()),
    "cli.stock_summary: shown": (
        *stock_summary.STOCK_COLUMNS,
        *stock_summary.SINK_COLUMNS,
        *stock_summary.REPORTED_COLUMNS,
    ),
    "cli.budget: COMPONENTS[component.component]": tuple(COMPONENTS.values()),
    "cli.budget: COMPONENTS[c.component]": tuple(COMPONENTS.values()),
    "cli.budget: label": tuple(label for _, label in (*budget.BASES, *budget.SOIL_BASES)),
    "cli.equations: criterion.verdict": get_args(Verdict),
    "cli.equations: equation.status": get_args(Status),
    "cli.map_summary: rule.estimator": tuple(rule.estimator for rule in RULES.values()),
    "cli.map_summary: rule.because": tuple(rule.because for rule in RULES.values()),
    "cli.map_summary: rule.variance": tuple(rule.variance for rule in RULES.values()),
    "cli.map_summary: reason": (*NO_ERROR, SEEN_WITHOUT_ERROR, NOT_CLEAR),
    "cli.parcel_summary: reason": NO_PARCEL_ERROR,
    "cli.summary: reason": (figures.NO_INTERVAL, figures.NO_SOIL_ERROR, figures.NO_UNCERTAINTY),
    "run.explain: row['status']": TREE_COLUMNS["status"].choices,
    "run.explain: str(row['wood_density_source'])": ("tree table",),
    "run.explain: row['bgb_equation']": ("excluded (dead)",),
    "cli.area: PURPOSIVE": (area_files.PURPOSIVE,),
    # Phrases, which are found where they stand.
    "cli.check: effect.how": (),
    "cli.check: reason": (),
    "cli.verification_text: figure.grade": GRADES,
    "cli.verification_text: grade": GRADES,
    "cli.verification_text: comparison.grade": GRADES,
    "cli.verification_text: check.state": get_args(State),
    "cli.verification_text: entry.kind": get_args(Kind),
    "cli.verification_text: again.outcome": get_args(Outcome),
    "cli.verification_text: VERDICTS": tuple(VERDICTS.values()),
    "cli.summary: label": tuple(label for _, label in CREDIT_LINES),
    "report.pictures: COMPONENTS": tuple(COMPONENTS.values()),
    "report.pictures: label": tuple(label for _, label in pictures.SHARES),
    "report.pictures: title": tuple(title for _, title, _, _ in pictures.PLATES),
    "report.pictures: DESIGNS[model.chosen_by]": tuple(pictures.DESIGNS.values()),
    "finance.sheet: NO_ADVICE": (dossier.NO_ADVICE,),
    "finance.workbook: own.standing": get_args(YearStanding),
    "finance.workbook: own.evidence": get_args(Evidence),
    "report.workbook: COMPONENTS": tuple(COMPONENTS.values()),
    "report.map_view: layer.label": tuple(layer.label for layer in map_view.LAYERS),
    "report.interactive: label": tuple(label for _, label in map_view.DRAWN),
    "auction.dossier: ground.results.methodology.conformance": get_args(Conformance),
    "auction.dossier: results.methodology.conformance": get_args(Conformance),
    "auction.dossier: results.baseline.scenario": get_args(Scenario),
    "auction.dossier: risk": dossier.RISKS,
    "cli.auction: columns": (),  # translated already
    "report.workbook: key": ("date", "depth", "gas", "method", "parcel", "pool", "stratum", "vintage"),
    "report.workbook: own.evidence": (*get_args(Evidence), "stated"),
    "report.workbook: own.state": get_args(ErrorComponent.model_fields["state"].annotation),
    "report.workbook: own.because": (),
    "report.workbook: figure.because": (figures.NO_INTERVAL, figures.NO_SOIL_ERROR, figures.NO_UNCERTAINTY),
    "report.workbook: results.methodology.conformance": get_args(Conformance),
    "report.credit_blocks: label": tuple(label for _, label in CREDIT_STEPS),
    "report.credit_blocks: entry.scenario": get_args(Scenario),
    "report.credit_blocks: reason": (figures.NO_INTERVAL, figures.NO_SOIL_ERROR, figures.NO_UNCERTAINTY),
    "auction.dossier: SPELT_OUT": tuple(SPELT_OUT.values()),
    "report.figures_of: POOL_NAMES": tuple(POOL_NAMES.values()),
    "report.monitoring: COMPONENTS": tuple(COMPONENTS.values()),
    "report.monitoring: component.because": (),
    "report.monitoring: component.state": get_args(ErrorComponent.model_fields["state"].annotation),
    "report.monitoring: condition.state": get_args(ConditionRecord.model_fields["state"].annotation),
    "verification.checks: condition.state": get_args(ConditionRecord.model_fields["state"].annotation),
    "report.monitoring: parameter.evidence": (*get_args(Evidence), "stated"),
    "report.monitoring: pool.state": get_args(Standing),
    "report.monitoring: results.baseline.scenario": get_args(Scenario),
    "report.monitoring: results.methodology.conformance": get_args(Conformance),
    "report.monitoring: use.component": (),
    "report.verification: VERDICTS[statement.verdict]": tuple(VERDICTS.values()),
    "report.verification: statement.methodology.conformance": get_args(Conformance),
    "report.verification: check.state": get_args(State),
    "report.verification: figure.grade": GRADES,
    "report.verification: found.grade": GRADES,
    "report.verification: file.grade": GRADES,
    "report.verification: entry.kind": get_args(Kind),
    # Handed on: what they hold is collected where it is made.
    "report.words: template": (),
    "cli.verification_text: text": (),
    "cli.verification_text: file.file": (),
    "report.words: text": (),
    "verification.rerun: finding.message": (),
    "verification.rerun: error.message": (),
    # Names of the user's classes.
    "cli.area: *classes": (),
    # Names of methodologies.
    "cli.methodology: one": (),
    "cli.methodology: other": (),
    # Handed on: what they hold is collected where it is made.
    "cli.text: first": (),
    "cli.text: rest": (),
    "cli.text: text": (),
    "cli.text: template": (),
    "cli.sampling_summary: method": (),
    "report.trail_text: node.description": (),
    "report.trail_text: node.description.rstrip('.')": (),
    "report.trail_text: node.formula": (),
    "report.trail_text: node.source": (),
    "cli.methodology_graph: equation.description.rstrip('.')": (),
    "cli.imagery_summary: use.reason": (),
    "cli.language: ' '.join(text.split())": (),
    "cli.equations: criterion.text": (),
    "cli.fetch: scene.reason": (),
    "cli.output: column": (),
    "cli.output: error.message": (),
    "findings: self.message": (),
    "findings: self.template": (),
    "findings: _filled(template, values, _as_it_is)": (),
    "inputs.project_checks: entry.message": (),
    "run.prepare: error.message": (),
    "run.soil_balance: error.message": (),
    "run.soil_gases: error.message": (),
}
"""Expressions that are not followed, with the words that they can stand for."""


HEADINGS = ("Options", "Commands")
"""Headings that click gives to help pages."""


class NotStaticError(Exception):
    """An expression that cannot be followed to the texts it stands for."""


@dataclass
class Module:
    """A module as it is written."""

    name: str
    tree: ast.Module
    parents: dict[ast.AST, ast.AST] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for node in ast.walk(self.tree):
            for child in ast.iter_child_nodes(node):
                self.parents[child] = node

    def scopes(self, node: ast.AST) -> Iterator[ast.AST]:
        """Functions and comprehensions around a node, the nearest first, then the module."""
        while node in self.parents:
            node = self.parents[node]
            if isinstance(node, ast.FunctionDef | ast.Lambda | ast.Module):
                yield node


@cache
def modules() -> tuple[Module, ...]:
    """Every module of the package."""
    return tuple(
        Module(
            ".".join(path.relative_to(ROOT.parent).with_suffix("").parts),
            ast.parse(path.read_text(encoding="utf-8")),
        )
        for path in sorted(ROOT.rglob("*.py"))
    )


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


@cache
def calls() -> dict[str, list[tuple[Module, ast.Call]]]:
    """Every call by the name of what is called."""
    found: dict[str, list[tuple[Module, ast.Call]]] = {}
    for module in modules():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call):
                found.setdefault(_called(node), []).append((module, node))
    return found


def _argument(call: ast.Call, position: int, name: str) -> ast.expr | None:
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    starred = any(isinstance(argument, ast.Starred) for argument in call.args[: position + 1])
    return call.args[position] if len(call.args) > position and not starred else None


def texts(module: Module, node: ast.expr) -> set[str]:
    """Texts that an expression can stand for; raises NotStaticError where that cannot be told."""
    source = f"{module.name.removeprefix('mrv.')}: {ast.unparse(node)}"
    if source in WORDS:
        return set(WORDS[source])
    if isinstance(node, ast.Constant):
        return {node.value} if node.value and isinstance(node.value, str) else set()
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return {a + b for a in texts(module, node.left) for b in texts(module, node.right)}
    if isinstance(node, ast.Name):
        return _texts_of_name(module, node)
    parts = _parts(node)
    if parts is None:
        raise NotStaticError(source)
    return set().union(*(texts(module, part) for part in parts))


def _parts(node: ast.expr) -> list[ast.expr] | None:
    """Expressions one of which an expression stands for, or that it is made of; None if not known."""
    parts: list[ast.expr] | None = None
    match node:
        case ast.IfExp():
            parts = [node.body, node.orelse]
        case ast.BoolOp() | ast.Dict():
            parts = node.values
        case ast.Tuple() | ast.List():
            parts = node.elts
        case ast.ListComp() | ast.GeneratorExp():
            parts = [node.elt]
        case ast.Subscript(value=ast.Name() as table):
            parts = [table]
        case ast.Call(func=ast.Attribute(value=ast.Name() as table, attr="get")):
            parts = [table, *node.args[1:]]
        case ast.Call() if _called(node) in ("Phrase", "translated"):
            parts = []  # collected where it is called
    return parts


def _texts_of_name(module: Module, name: ast.Name) -> set[str]:
    for scope in module.scopes(name):
        found = list(_assigned(module, scope, name.id))
        if found:
            return set().union(*(texts(module, value) for value in found))
        if isinstance(scope, ast.FunctionDef):
            parameters = [argument.arg for argument in scope.args.args]
            if name.id in parameters:
                return _texts_of_parameter(module, scope, name.id)
    raise NotStaticError(f"{module.name.removeprefix('mrv.')}: {name.id}")


def _assigned(module: Module, scope: ast.AST, name: str) -> Iterator[ast.expr]:
    """What a name is bound to in a scope: by assignment, or item by item by a loop over a literal."""
    for node in ast.walk(scope):
        if next(module.scopes(node), None) is not scope:
            continue
        if isinstance(node, ast.Assign):
            for target in node.targets:
                yield from _bound(target, node.value, name)
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            yield from _bound(node.target, node.value, name)
        elif isinstance(node, ast.For | ast.comprehension) and name in _names(node.target):
            for item in _items(module, node.iter):
                yield from _bound(node.target, item, name)


def _names(target: ast.expr) -> set[str]:
    return {node.id for node in ast.walk(target) if isinstance(node, ast.Name)}


def _bound(target: ast.expr, value: ast.expr, name: str) -> Iterator[ast.expr]:
    if isinstance(target, ast.Name) and target.id == name:
        yield value
    elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        for part, item in zip(target.elts, value.elts, strict=True):
            yield from _bound(part, item, name)


def _items(module: Module, node: ast.expr) -> list[ast.expr]:
    """Items of a literal, or of the literal that a name stands for."""
    match node:
        case ast.Tuple() | ast.List():
            return node.elts
        case ast.Call(func=ast.Attribute(value=ast.Name() as table, attr="items")):
            pairs = _literals(module, table, ast.Dict)
            return [
                ast.Tuple([key, value])
                for pair in pairs
                for key, value in zip(pair.keys, pair.values, strict=True)
            ]
        case ast.Name():
            return [item for found in _literals(module, node, ast.Tuple | ast.List) for item in found.elts]
    return []


def _literals(module: Module, name: ast.Name, kind: Any) -> list[Any]:
    """Literals of a kind that a name is bound to in the nearest scope that binds it to one."""
    for scope in module.scopes(name):
        found = [
            node.value
            for node in ast.walk(scope)
            if isinstance(node, ast.Assign)
            and isinstance(node.value, kind)
            and any(name.id in _names(target) for target in node.targets)
        ]
        if found:
            return found
    return []


def _texts_of_parameter(module: Module, function: ast.FunctionDef, name: str) -> set[str]:
    """Texts that the callers of a function hand over."""
    position = [argument.arg for argument in function.args.args].index(name)
    found: set[str] = set()
    for caller, call in calls().get(function.name, []):
        if function.name.startswith("_") and caller is not module:
            continue
        argument = _argument(call, position, name)
        if argument is not None:
            found |= texts(caller, argument)
    return found


def _of_sinks() -> Iterator[str]:
    for sink, (position, name) in SINKS.items():
        for module, call in calls().get(sink, []):
            argument = _argument(call, position, name)
            if argument is not None:
                yield from texts(module, argument)
    for module, call in calls()["table"]:
        title = _argument(call, 9, "title")
        if title is not None:
            yield from texts(module, title)


def _of_givens() -> Iterator[str]:
    """Descriptions of givens, and their sources where these are words of ours."""
    for module, call in calls()["Given"]:
        for position, name in ((2, "source"), (5, "description")):
            argument = _argument(call, position, name)
            if isinstance(argument, ast.Constant):
                yield from texts(module, argument)
    yield "Project emissions"
    yield "Leakage"


def _of_methods() -> Iterator[str]:
    """Words for the ways of estimating, which are put together and parted at commas."""
    named = [
        argument
        for kind in ("Estimate", "Estimator")
        for _, call in calls()[kind]
        if (argument := _argument(call, 4, "method")) is not None
    ]
    for module in modules():
        for node in ast.walk(module.tree) if module.name.startswith(ESTIMATORS) else ():
            targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
            names = {target.id for target in targets if isinstance(target, ast.Name)}
            if isinstance(node, ast.Assign | ast.AnnAssign) and names & METHOD_NAMES and node.value:
                named.append(node.value)
    for value in named:
        for node in _ends(value):
            parts = _template(node).split(", ")
            for part in parts:
                over, joined, word = part.partition("stratified: ")
                yield from (
                    own for own in (joined.removesuffix(": "), over or word) if own not in ("", "{word}")
                )


ESTIMATORS = ("mrv.stock.", "mrv.inference.", "mrv.run.parcels")
"""Where estimators are."""

METHOD_NAMES = {"method", "METHOD", "METHODS", "AS_IF_RANDOM", "DIRECT", "SYNTHETIC", "BORROWED", "MAP_MEAN"}
"""Names under which estimators keep what they are called."""


def _ends(node: ast.expr) -> list[ast.expr]:
    """Expressions that one stands for."""
    if isinstance(node, ast.IfExp):
        return [node.body, node.orelse]
    return list(node.values) if isinstance(node, ast.Dict) else [node]


def _template(node: ast.expr) -> str:
    """Text of an expression, with ``{word}`` for what is put in."""
    if isinstance(node, ast.JoinedStr):
        return "".join(_template(part) for part in node.values)
    return node.value if isinstance(node, ast.Constant) else "{word}"


def _of_methodologies() -> Iterator[str]:
    """First lines of equations, and what the documents call their numbers."""
    for name in accounting_ids():
        accounting = find(name)
        for used in accounting.graphs():
            for equation in equations(used).values():
                yield equation.description.rstrip(".")
            needed = inputs_needed(used)
            yield from (text for key, text in described_numbers(name).items() if key in needed)


@cache
def described_numbers(methodology_id: str) -> dict[str, str]:
    """English description of every number of a methodology, and of its standard error."""
    found = {}
    for name, parameter in load_methodology(methodology_id).parameters.items():
        found[name] = parameter.description.en
        found[f"{name}_standard_error"] = parameter.description.en + ", standard error"
    return found


def _of_commands(command: click.Command = main) -> Iterator[str]:
    for paragraph in (command.help or "").split("\n\n"):
        yield " ".join(paragraph.split())
    if command.epilog:
        yield " ".join(command.epilog.split())
    for parameter in command.params:
        if isinstance(parameter, click.Option) and parameter.help:
            yield " ".join(parameter.help.split())
    if isinstance(command, click.Group):
        for inner in command.commands.values():
            yield from _of_commands(inner)


@cache
def keys() -> frozenset[str]:
    """Every text that people read."""
    for info in pkgutil.walk_packages(mrv.__path__, "mrv."):
        importlib.import_module(info.name)
    return frozenset(
        [
            *_of_sinks(),
            *_of_givens(),
            *_of_methods(),
            *_of_methodologies(),
            *_of_commands(),
            *(description for description, _, _ in ESTIMATED.values()),
            "Carbon per dry mass of each pool",
            *HEADINGS,
        ]
    ) - {""}
