"""How options reach the device rather than the command line: knobs, properties of the process, variables."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from cadet.device.actuators import Located, actuator
from cadet.device.actuators.command import address_of
from cadet.device.actuators.process import PROPERTIES, check_property
from cadet.device.target.document import ActuatorSection, TargetDocument
from cadet.device.target.setting import Setting, checked, spell
from cadet.device.target.templates import build_files
from cadet.errors import CapabilityMissing, TargetError, nearest
from cadet.model.domain import Value
from cadet.model.space import Space
from cadet.protocols import Knob

_BY_ADDRESS = ("sysctl", "sysfs", "block", "hugepages", "cpufreq", "nvml", "jetson", "jtop")


def build_settings(document: TargetDocument, space: Space, directory: Path) -> tuple[Setting, ...]:
    """Return every knob of the target; raises TargetError for one that may not be set, naming the place."""
    found = (*_knobs(document, directory), *build_files(document, space, directory))
    _refuse_shared(found)
    return found


def build_properties(document: TargetDocument, space: Space) -> dict[str, str]:
    """Return the options that are properties of the process, `affinity`, `nice` or `scheduler`, by name."""
    named = {n: o.actuator.process for n, o in document.options.items() if o.actuator and o.actuator.process}
    for name, known in named.items():
        place = f"options.{name}.actuator.process"
        if known not in PROPERTIES:
            raise TargetError(f"{place}: a process has no {known!r}{nearest(known, PROPERTIES)}")
        for value in space.by_name[name].levels:
            checked(place, check_property, known, spell(value))
    return {name: str(known) for name, known in named.items()}


def build_variables(document: TargetDocument) -> dict[str, str]:
    """Return the environment variable of each option that has one, by name."""
    return {n: o.actuator.env for n, o in document.options.items() if o.actuator is not None and o.actuator.env}


def check_kinds(document: TargetDocument) -> None:
    """Raise TargetError for an actuator of no kind or of two, and for what belongs to another kind."""
    for name, option in document.options.items():
        section, place = option.actuator, f"options.{name}.actuator"
        if section is None:
            continue
        if len(section.kinds) != 1:
            found = " and ".join(section.kinds) or "nothing"
            raise TargetError(f'{place}: names {found}; give one kind, as in {{ sysctl = "vm.dirty_ratio" }}')
        if section.template is not None and section.file is None:
            raise TargetError(f"{place}.template: belongs to a file")
        if section.device is not None and not (section.cgroup or "").startswith("io."):
            raise TargetError(f"{place}.device: belongs to a cgroup limit on I/O, such as io.write_iops")


def _knobs(document: TargetDocument, directory: Path) -> Iterator[Setting]:
    for name, option in document.options.items():
        knob = _knob(option.actuator, directory / document.workload.workdir) if option.actuator is not None else None
        if knob is None:
            continue
        place = f"options.{name}.actuator.{knob.kind}"
        checked(place, actuator(knob.kind).check, knob.address)
        yield Setting(knob, (name,))


def _refuse_shared(settings: Iterable[Setting]) -> None:
    """Raise TargetError where two options set one knob, or one file by two names."""
    taken: dict[Knob | str, str] = {}
    for setting in settings:
        knob, name = setting.knob, setting.options[0]
        names: tuple[Knob | str, ...] = (knob, *_files(knob))
        for meant in names:
            if meant in taken:
                what = "it" if meant == knob else f"the same file, {meant},"
                raise TargetError(f"options.{name}.actuator.{knob.kind}: {taken[meant]!r} sets {what} already")
            taken[meant] = name


def _files(knob: Knob) -> Iterator[str]:
    """Yield the files that a write changes, wherever the links on the way lead."""
    kind = actuator(knob.kind)
    if isinstance(kind, Located):
        yield from (os.path.realpath(path) for path in kind.places(knob.address))


def _knob(section: ActuatorSection, workdir: Path) -> Knob | None:
    if section.command is not None:
        return Knob("command", address_of(section.command.set, section.command.get, str(workdir.resolve())))
    if section.cgroup is not None:
        device = section.device or str(workdir.resolve())
        return Knob("cgroup", f"{section.cgroup}@{device}" if section.cgroup.startswith("io.") else section.cgroup)
    for kind in _BY_ADDRESS:
        if getattr(section, kind) is not None:
            return Knob(kind, getattr(section, kind))
    return None


def offered(section: ActuatorSection, place: str) -> list[Value]:
    """Return the values that the device offers (`values_from = "device"`); raises TargetError where it lists none."""
    knob = _knob(section, Path())
    if knob is None:
        raise TargetError(f"{place}.values_from: only a knob of the device can be asked for its values")
    checked(place, actuator(knob.kind).check, knob.address)
    try:
        words = actuator(knob.kind).available(knob.address)
    except CapabilityMissing as error:
        raise TargetError(f"{place}.values_from: {error}; list the values instead") from None
    if not words:
        raise TargetError(f"{place}.values_from: {knob.kind} {knob.address} lists no values here; write values = [...]")
    return list(_numbers(words) or words)


def _numbers(words: Collection[str]) -> list[Value] | None:
    return [int(word) for word in words] if all(word.isdigit() for word in words) else None
