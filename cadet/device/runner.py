"""One repetition of one configuration: prepare, quiet gate, workload, sensors, objectives, cleanup."""

from __future__ import annotations

import logging
import os
import signal
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Protocol, runtime_checkable

from cadet.device.environment import fingerprint
from cadet.device.hooks import run_hooks
from cadet.device.instruments import Instruments
from cadet.device.interruption import terminable
from cadet.device.quiet import QuietGate
from cadet.device.sensors.load import OTHER_CPU, LoadSensor, our_cpu_s
from cadet.device.sensors.process import PROCESS_NAMES
from cadet.device.sensors.rusage import RUSAGE_NAMES
from cadet.device.settle import Settled
from cadet.device.state import DeviceState
from cadet.device.state.plan import refuse_dangerous, require_permission
from cadet.device.target import Target
from cadet.device.target.target import Argv, Replay
from cadet.device.under_load import check_under_load
from cadet.device.watchdog import Watchdog
from cadet.device.workloads import open_workload
from cadet.errors import CadetError, NotApplied, SetupFailed
from cadet.model.domain import Value
from cadet.model.measurement import Purpose, Run, Status, Tag
from cadet.model.option import NO_CONTEXT, Configuration, Level
from cadet.protocols import Knob, Outcome, Workload

_log = logging.getLogger(__name__)


@runtime_checkable
class Remembers(Protocol):
    """A workload whose answers depend on how often it was asked before."""

    def recall(self, values: Mapping[str, Value]) -> None:
        """Count a run of an earlier session."""
        ...


@runtime_checkable
class Standing(Protocol):
    """A workload with something that stays alive between runs: a worker, a service."""

    def renews(self, values: Mapping[str, Value]) -> bool:
        """Tell whether a run with these values starts it anew."""
        ...


class _FailedNow(CadetError):
    """A hook failed that worked before: trouble of one run, not of the target."""


@dataclass(frozen=True)
class _Seen:
    outcome: Outcome
    values: Mapping[str, float]
    tags: frozenset[Tag]
    started_at: float
    seconds: float
    reports: Mapping[str, str] = field(default_factory=dict)
    settled: Settled | None = None


class Runner:
    """Runs a target; a context manager. Whatever happens, cleanup runs and nothing that was started stays alive.

    setup_done: whether an earlier session ran `setup`; ask the property of this name afterwards.
    seed: orders the repetitions of recorded and simulated devices.
    earlier: the runs of the study so far, so that a resumed study goes on with the next repetitions.
    allow_system_writes: whether knobs that others on this machine feel may be set; all are put back at the end.
    """

    def __init__(
        self,
        target: Target,
        *,
        setup_done: bool = False,
        seed: int = 0,
        earlier: Iterable[Run] = (),
        allow_system_writes: bool = False,
    ) -> None:
        self.target = target
        self._allowed = allow_system_writes
        self._state = DeviceState(target.settings, target.name)
        self.setup_done = setup_done
        self._seed = seed
        self._earlier = tuple(earlier)
        worked_before = any(run.ok and run.purpose is not Purpose.IMPORTED for run in self._earlier)
        self._working = {"prepare", "cleanup"} if worked_before else set[str]()  # hooks that were seen to work
        self._stack = ExitStack()
        self._watchdog = Watchdog()
        self._load = LoadSensor(lambda: our_cpu_s(self._watchdog.live))
        self._gate = QuietGate(target.policy.quiet, LoadSensor(lambda: our_cpu_s(self._watchdog.live)))
        self._instruments = Instruments(target)
        self._warm = False

    def __enter__(self) -> Runner:
        """Run setup where it is due, find out how the device is, and start the workload.

        Raises SetupFailed, MeasurementError, CapabilityMissing, and DeviceNotRestored where an earlier session left the
        device changed.
        """
        require_permission(self.target, self._allowed)
        refuse_dangerous(self.target)
        with ExitStack() as stack:
            stack.enter_context(terminable())
            if self.target.live:
                stack.enter_context(self._watchdog)
            self._set_up()
            stack.enter_context(self._instruments)
            stack.enter_context(self._state)
            workload = open_workload(self.target, self._watchdog, self._seed, self._instruments.within)
            self._workload: Workload = stack.enter_context(workload)
            self._stack = stack.pop_all()
        if isinstance(self._workload, Remembers):
            for run in self._earlier:
                if run.status is not Status.INFEASIBLE:
                    self._workload.recall({**run.configuration, **run.level})
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End everything that was started and put the device back; raises DeviceNotRestored."""
        self._stack.__exit__(kind, error, trace)

    def run(
        self,
        configuration: Configuration,
        level: Level = NO_CONTEXT,
        purpose: Purpose = Purpose.DESIGN,
        slot: str = "",
        sequence: int = 0,
        *,
        at_once: bool = False,
    ) -> Run:
        """Make one repetition. Trouble of the deployment is a status; raises when no run is possible.

        So is a failing prepare or cleanup that has worked before; one that never did raises SetupFailed.
        at_once: do not wait for quiet, as for the second run of a pair: waiting would part it from the first.
        The first runs on something new (session, replaced worker, restarted service) are warm-ups and discarded.
        """
        reason = self._infeasible(configuration)
        if reason:
            seen = _Seen(Outcome(Status.INFEASIBLE, {}, 0.0, reason), {}, frozenset(), time.time(), 0.0)
        else:
            if not self._warm or self._renews({**configuration, **level}):
                self.warm_up(configuration, level)
            seen = self._once({**configuration, **level}, at_once)
        return Run(
            configuration,
            seen.outcome.status,
            seen.values,
            level=level,
            purpose=purpose,
            tags=seen.tags,
            slot=slot,
            sequence=sequence,
            started_at=seen.started_at,
            seconds=seen.seconds,
            timeout_s=seen.outcome.timeout_s,
            message=seen.outcome.message,
            environment=self._environment(seen),
        )

    def warm_up(self, configuration: Configuration, level: Level = NO_CONTEXT) -> None:
        """Make the target's number of warm-up runs, until one fails; none on recorded and simulated devices."""
        self._warm = True
        if not self.target.live or self._infeasible(configuration):
            return
        for _ in range(self.target.policy.warmup):
            if self._once({**configuration, **level}).outcome.status is not Status.OK:
                return

    def keep(self, configuration: Configuration, options: Collection[str]) -> tuple[Knob, ...]:
        """Leave the knobs of these options on the device as `configuration` says; return them."""
        return self._state.keep(configuration, options, self.target.space.active(configuration))

    def _environment(self, seen: _Seen) -> Mapping[str, object]:
        """Return where and how this run was made; what does not apply to the target is absent."""
        policy = self.target.policy
        parts = {
            "isolation": policy.isolation if policy.isolation != "none" else None,
            "device_reports": seen.reports,
            "settled": seen.settled.to_dict() if seen.settled is not None else None,
            "sources": self._instruments.sources,
        }
        return {**fingerprint(self.target), **{name: part for name, part in parts.items() if part}}

    def _renews(self, values: Mapping[str, Value]) -> bool:
        return isinstance(self._workload, Standing) and self._workload.renews(values)

    def _set_up(self) -> None:
        if not self.setup_done:
            run_hooks("setup", self.target.hooks.setup, self.target, self._watchdog)
            self.setup_done = True

    def _infeasible(self, configuration: Configuration) -> str:
        space = self.target.space
        if space.feasible(configuration):
            return ""
        broken = space.violations(configuration)
        return f"breaks {broken[0].expression.text!r} {broken[0].reason}".strip() if broken else "not recorded"

    def _once(self, values: Mapping[str, Value], at_once: bool = False) -> _Seen:
        if not self.target.live:
            started_at = time.time()
            outcome = self._workload.run(values)
            return _Seen(outcome, self._named(outcome), _tags(outcome), started_at, outcome.seconds)
        started_at, start, waited = time.time(), time.perf_counter(), 0.0
        reports: Mapping[str, str] = {}
        settled: Settled | None = None
        try:
            reports = self._state.apply(values, self.target.space.active(values))
            with self._hooks(values):
                settled = self._instruments.settle(at_once=at_once)
                waited = settled.waited_s if settled is not None else 0.0
                waited += 0.0 if at_once else self._gate.wait()
                outcome, sensed, tags = self._watched(values)
        except (_FailedNow, NotApplied) as failed:
            status = Status.APPLY_FAILED if isinstance(failed, NotApplied) else Status.FAILED
            outcome, sensed, tags = Outcome(status, {}, 0.0, str(failed)), {}, frozenset()
        seconds = time.perf_counter() - start - waited
        found = {**self._named(outcome), **sensed}
        return _Seen(outcome, found, tags, started_at, seconds, reports, settled)

    def _watched(self, values: Mapping[str, Value]) -> tuple[Outcome, dict[str, float], frozenset[Tag]]:
        with self._instruments.around(self._stop) as readings:
            self._load.start()
            outcome = self._workload.run(values)
            share = self._load.stop()
        if outcome.status is Status.OK:
            self._state.check()
            check_under_load(self.target.settings, values, self.target.space.active(values), readings.values)
        outcome = self._instruments.judged(outcome, readings)
        kept = self._instruments.observed(readings) if outcome.status is Status.OK else {}  # a kill cuts counts short
        if share.of_left is not None:
            kept[OTHER_CPU] = share.of_left
        return outcome, kept, _tags(outcome, self._gate.note(share), readings.throttled)

    def _stop(self) -> None:
        """Kill what runs, from the thread of a guard."""
        for group in self._watchdog.live:
            with suppress(ProcessLookupError, PermissionError):  # it ended, or sudo started it: the run's end kills it
                os.killpg(group, signal.SIGKILL)

    @contextmanager
    def _hooks(self, values: Mapping[str, Value]) -> Iterator[None]:
        try:
            self._run_hooks("prepare", self.target.hooks.prepare, values)
            yield
        except BaseException:
            with _told():  # what ended the run is the better story
                self._run_hooks("cleanup", self.target.hooks.cleanup, values)
            raise
        self._run_hooks("cleanup", self.target.hooks.cleanup, values)

    def _run_hooks(self, kind: str, programs: Sequence[Argv], values: Mapping[str, Value]) -> None:
        try:
            run_hooks(kind, programs, self.target, self._watchdog, values, self.target.space.active(values))
        except SetupFailed as failed:
            if kind in self._working:
                raise _FailedNow(str(failed)) from None
            raise
        self._working.add(kind)

    def _named(self, outcome: Outcome) -> dict[str, float]:
        """Return objectives and events by their own names, of a run that ended well."""
        if outcome.status is not Status.OK:
            return {}
        places = dict(self.target.sources)
        prefix = "column:" if isinstance(self.target.workload, Replay) else "output:"
        places |= {event: f"{prefix}{event}" for event in self.target.columns}
        counted = {*RUSAGE_NAMES, *PROCESS_NAMES}
        places |= {event: event for event in self.target.events if event in counted}
        return {name: outcome.values[place] for name, place in places.items() if place in outcome.values}


def _tags(outcome: Outcome, contended: bool = False, throttled: bool = False) -> frozenset[Tag]:
    found = {Tag.RECYCLED: outcome.recycled, Tag.CONTENDED: contended, Tag.THROTTLED: throttled}
    return frozenset(tag for tag, holds in found.items() if holds)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except CadetError as error:
        _log.warning("%s", error)
