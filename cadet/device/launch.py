"""How the workload of a target is started under given values."""

from __future__ import annotations

from collections.abc import Mapping

from cadet.device.actuators.cgroup import ControlGroup, cores
from cadet.device.actuators.process import Launch
from cadet.device.isolation import FIFO
from cadet.device.target import Target
from cadet.device.target.setting import spell
from cadet.model.domain import Value


def launch(target: Target, values: Mapping[str, Value]) -> Launch:
    """Return cores, niceness and scheduler of the options that exist, and control groups that limit it.

    Without values, as for a worker that serves every configuration, no option decides how it starts.
    """
    active = target.space.active(values) if values else frozenset()
    own = {known: spell(values[name]) for name, known in target.properties.items() if name in active}
    limits = (setting.knob.address for setting in target.settings if setting.knob.kind == ControlGroup.kind)
    groups = dict.fromkeys(ControlGroup().members(address) for address in limits)
    return Launch(
        cores=cores(own["affinity"]) if "affinity" in own else None,
        nice=int(own["nice"]) if "nice" in own else None,
        scheduler=own.get("scheduler", FIFO if target.policy.isolation == FIFO else None),
        groups=tuple(groups),
    )
