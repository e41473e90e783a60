"""What a target runs: a command, a function, a service with its load, a recorded device, a world."""

from __future__ import annotations

from cadet.device.process import Within
from cadet.device.target import Target
from cadet.device.target.target import Command, Function, Replay
from cadet.device.watchdog import Watchdog
from cadet.protocols import Workload


def open_workload(target: Target, watchdog: Watchdog, seed: int, within: Within | None = None) -> Workload:
    """Return the workload of a target.

    seed: orders the repetitions of recorded and simulated devices. within: where perf counts what is started.
    """
    match target.workload:
        case Command() if target.service is not None:
            from cadet.device.workloads.service import ServiceWorkload

            return ServiceWorkload(target, watchdog, within)
        case Command():
            from cadet.device.workloads.command import CommandWorkload

            return CommandWorkload(target, watchdog, within)
        case Function():
            from cadet.device.workloads.function import FunctionWorkload

            return FunctionWorkload(target, watchdog, within)
        case Replay():
            from cadet.device.workloads.replay import ReplayWorkload

            return ReplayWorkload(target, seed)
        case _:
            from cadet.device.workloads.simulated import SimulatedWorkload

            return SimulatedWorkload(target, seed)
