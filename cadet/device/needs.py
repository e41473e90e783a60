"""What a target needs of this machine, looked at without running anything of it."""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Iterator
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path

from cadet.device.doctor.finding import Finding
from cadet.device.doctor.required import required
from cadet.device.process import require_program
from cadet.device.target import Target
from cadet.device.target.target import Argv, Command, Function
from cadet.errors import MeasurementError

_BINDINGS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def needs(target: Target) -> list[Finding]:
    """Return one finding for everything that `target` needs; nothing of it is imported or run, nothing written."""
    goals = ", ".join(objective.name for objective in target.objectives)
    read = Finding("target", target.name, "works", f"{len(target.space.options)} options, objectives: {goals}")
    found = [_program(place, argv, target) for place, argv in _programs(target)]
    if isinstance(target.workload, Function):
        found.append(_function(target.workload.reference, target))
    return [read, *found, *required(target)]


def _programs(target: Target) -> Iterator[tuple[str, Argv]]:
    for kind in ("setup", "prepare", "cleanup"):
        for index, argv in enumerate(getattr(target.hooks, kind)):
            yield f"workload.{kind}[{index}]", argv
    if isinstance(target.workload, Command):
        yield "workload.command", target.workload.argv
    if target.service is not None:
        yield "service.start", target.service.start
        if target.service.ready.command:
            yield "service.ready.command", target.service.ready.command
        if target.service.stop:
            yield "service.stop", target.service.stop


def _program(place: str, argv: Argv, target: Target) -> Finding:
    name = f"{place}: {argv[0]}"
    try:
        require_program(argv, target.workdir, place)
    except MeasurementError as error:
        if target.hooks.setup and os.sep in argv[0] and not place.startswith("workload.setup"):
            return Finding("target", name, "not there yet", "setup may build it", "")
        return Finding("target", name, "missing", str(error), f"install {argv[0]}, or correct the target file")
    return Finding("target", name, "works")


def _function(reference: str, target: Target) -> Finding:
    module, _, attribute = reference.partition(":")
    name = f"workload.function: {reference}"
    spec = _find(module, [str(target.directory), str(target.workdir), *sys.path])
    if spec is None:
        return Finding("target", name, "missing", f"no module {module!r} beside the target file or installed",
                       f"write {module.replace('.', os.sep)}.py, or correct the target file")  # fmt: skip
    trouble = _trouble(spec, attribute.partition(".")[0])
    if trouble:
        return Finding("target", name, "missing", trouble, "correct the module or the target file")
    return Finding("target", name, "works", spec.origin or "")


def _find(module: str, path: list[str]) -> ModuleSpec | None:
    """Return where a module is, without importing it or the packages that it lies in."""
    spec = None
    parts = module.split(".")
    for depth in range(1, len(parts) + 1):
        spec = PathFinder.find_spec(".".join(parts[:depth]), path)
        path = list((spec.submodule_search_locations if spec else None) or [])
    return spec


def _trouble(spec: ModuleSpec, attribute: str) -> str:
    """Return why the module's source cannot hold `attribute`, "" where it does or might."""
    if spec.origin is None or not spec.origin.endswith(".py"):
        return ""
    try:
        tree = ast.parse(Path(spec.origin).read_bytes())
    except (OSError, SyntaxError, ValueError) as error:
        return f"{spec.origin} cannot be read: {error}"
    names = set(_bound(tree))
    return "" if {attribute, "*", "__getattr__"} & names else f"{spec.origin} defines no {attribute!r}"


def _bound(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, _BINDINGS):
            yield node.name
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.alias):
            yield node.asname or node.name.partition(".")[0]
