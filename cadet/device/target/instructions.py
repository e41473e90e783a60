"""A fix as steps for an operator: commands for knobs, files, variables, and the command line as it becomes."""

from __future__ import annotations

import json
import shlex
from collections.abc import Collection, Iterator, Sequence

from cadet.device.actuators import actuator
from cadet.device.target.placeholders import flag_names, names, render, spell
from cadet.device.target.recipes import recipe
from cadet.device.target.setting import Setting
from cadet.device.target.target import Argv, Command, Function, Target
from cadet.model.instruction import Instruction
from cadet.model.option import Configuration
from cadet.protocols import Knob

_PRESENT = "text:"
_PORT = "port"
_DATA = "/YOUR/DATA"
_START = {"affinity": "taskset --cpu-list {}", "nice": "nice -n {}", "scheduler": "chrt {}"}
_OUR_GROUP = "cgroup"  # making it writes to the system, which needs leave; what runs elsewhere does not feel it
_ELSEWHERE = "in the code or the recipe that the workload reads; CADET hands the value over itself"


def instructions(target: Target, before: Configuration, after: Configuration) -> tuple[Instruction, ...]:
    """Return what an operator does to get from `before` to `after`; every changed option is in one of the steps."""
    changed = [change.option for change in target.space.changes(before, after)]
    steps = [
        *(_knob(target, s, before, after) for s in target.settings if set(s.options) & set(changed)),
        *_variables(target, changed, before, after),
        *_start(target, changed, before, after),
        *_commands(target, changed, after),
    ]
    told = {option for step in steps for option in step.options}
    rest = tuple(option for option in changed if option not in told)
    if rest and target.live:
        steps.append(Instruction(rest, "not seen by CADET", note=_ELSEWHERE))
    return tuple(step for step in steps if target.live)


def _knob(target: Target, setting: Setting, before: Configuration, after: Configuration) -> Instruction:
    knob, kind = setting.knob, setting.knob.kind
    named = tuple(o for o in setting.options if before[o] != after[o])
    if setting.template is not None:
        path = knob.address.replace("//", "/")
        return Instruction(named, "file", _written(path, setting.text(after)), _written(path, setting.text(before)))
    value, earlier = setting.text(after), setting.text(before)
    typed = _of_the_service(target, knob)
    command = recipe(typed, value)
    note = "" if command else f"{kind} {knob.address} = {value}"
    system = kind != _OUR_GROUP and actuator(kind).system(knob.address)
    return Instruction(named, kind, command, recipe(typed, earlier) if command else "", system, note)


def _of_the_service(target: Target, knob: Knob) -> Knob:
    """Return a limit on the disk of the target's folder as one on the disk of the service, which lies elsewhere."""
    limit, _, folder = knob.address.partition("@")
    here = str(target.workdir.resolve())
    return Knob(knob.kind, f"{limit}@{_DATA}") if knob.kind == "cgroup" and folder == here else knob


def _written(path: str, text: str) -> str:
    """Return a here-document whose end mark is not a line of the text."""
    body, mark = text.removeprefix(_PRESENT), "END"
    while mark in body.splitlines():
        mark += "_"
    ending = "" if body.endswith("\n") else "\n"
    return f"cat > {shlex.quote(path)} <<'{mark}'\n{body}{ending}{mark}"


def _variables(
    target: Target, changed: Collection[str], before: Configuration, after: Configuration
) -> Iterator[Instruction]:
    for option, variable in target.variables.items():
        if option in changed:
            typed, earlier = (f"export {variable}={shlex.quote(spell(c[option]))}" for c in (after, before))
            yield Instruction((option,), "environment", typed, earlier)


def _start(
    target: Target, changed: Collection[str], before: Configuration, after: Configuration
) -> Iterator[Instruction]:
    for option, known in target.properties.items():
        if option in changed:
            typed, earlier = (f"{_prefix(known, spell(c[option]))} YOUR_COMMAND" for c in (after, before))
            yield Instruction((option,), "process", typed, earlier, note="in front of the command that starts it")


def _prefix(known: str, value: str) -> str:
    if known != "scheduler":
        return _START[known].format(shlex.quote(value))
    policy, _, priority = value.partition(":")
    return _START[known].format(f"--{policy} {priority or ('10' if policy in ('fifo', 'rr') else '0')}")


def _commands(target: Target, changed: Collection[str], after: Configuration) -> Iterator[Instruction]:
    """Yield the command lines that hold a changed option, as they become."""
    for way, argv in _command_lines(target):
        mine = tuple(o for o in changed if o in names(argv) | flag_names(argv))
        if mine:
            yield Instruction(mine, way, shlex.join(_rendered(target, argv, after)))
    if isinstance(target.workload, Function):
        mine = tuple(o for o in changed if not _reached(target, o))
        if mine:
            given = json.dumps({o: after[o] for o in mine}, ensure_ascii=False)
            yield Instruction(mine, "argument", note=f"{target.workload.reference} is called with {given}")


def _command_lines(target: Target) -> Iterator[tuple[str, Argv]]:
    if target.service is not None:
        yield "service", target.service.start
    if isinstance(target.workload, Command):
        yield "command line", target.workload.argv


def _reached(target: Target, option: str) -> bool:
    """Tell whether the option reaches the deployment otherwise than as an argument of the function."""
    knobs = {name for setting in target.settings for name in setting.options}
    return option in knobs or option in target.variables or option in target.properties


def _rendered(target: Target, argv: Sequence[str], after: Configuration) -> list[str]:
    """Return the command line under `after`; what is known at run time only (context, port) keeps its placeholder."""
    later = {name: f"{{{name}}}" for name in (_PORT, *(c.name for c in target.space.context))}
    return render(argv, {**later, **after}, target.flags, target.space.active(after))
