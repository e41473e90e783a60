"""A deployment under test, as its target file describes it: everything a runner needs, validated."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cadet.device.target.recording import Recording
from cadet.device.target.setting import Setting
from cadet.model.expression import Expression
from cadet.model.objective import Objective
from cadet.model.space import Space

Argv = tuple[str, ...]


@dataclass(frozen=True)
class Command:
    """A program that is started afresh for every run; `argv` holds placeholders."""

    argv: Argv


@dataclass(frozen=True)
class Function:
    """A Python callable `module:attribute` from configuration to numbers, kept alive between runs."""

    reference: str


@dataclass(frozen=True)
class Replay:
    """A recorded device."""

    recording: Recording


@dataclass(frozen=True)
class Simulated:
    """A world with known truth."""

    world: str
    seed: int


Source = Command | Function | Replay | Simulated


@dataclass(frozen=True)
class Ready:
    """How to see that a service answers: exactly one of `tcp` (host:port), `http` (URL) and `command` is set."""

    tcp: str | None
    http: str | None
    command: Argv
    timeout_s: float


@dataclass(frozen=True)
class Service:
    """A server that runs beside the load; a change of an option in `restart_on` starts it anew."""

    start: Argv
    ready: Ready
    restart_on: frozenset[str]
    stop: Argv = ()


@dataclass(frozen=True)
class Hooks:
    """Programs around the runs: `setup` once per study, the others before and after every run."""

    setup: tuple[Argv, ...] = ()
    prepare: tuple[Argv, ...] = ()
    cleanup: tuple[Argv, ...] = ()


@dataclass(frozen=True)
class Quiet:
    """How much of the machine others may use (share of all cores) and how long a run waits for that (seconds)."""

    max_other_cpu: float
    max_wait_s: float


@dataclass(frozen=True)
class Settle:
    """Which temperature (`temperature.NAME`) must be below what (degrees Celsius) and how long a run waits for it."""

    gauge: str
    below_c: float
    max_wait_s: float


@dataclass(frozen=True)
class Policy:
    """How often a configuration is run, how many first runs are discarded, how quiet and how cool it must be.

    `isolation` is "none" or "fifo"; `guards` are expressions of gauges that end the session when one holds.
    """

    repeats: int
    warmup: int
    quiet: Quiet
    isolation: str = "none"
    settle: Settle | None = None
    guards: tuple[Expression, ...] = ()


@dataclass(frozen=True)
class Watched:
    """What is observed beside the workload's own answer: perf events, sensors by name, and what processes count.

    sensors: `cgroup`, or single values of it, `cgroup.writes`.
    """

    perf: tuple[str, ...] = ()
    sensors: tuple[str, ...] = ()
    process: bool = False

    @property
    def by_sensor(self) -> Mapping[str, frozenset[str]]:
        """Return the single values that are wanted of each sensor, none where all of them are."""
        found: dict[str, frozenset[str]] = {}
        for entry in self.sensors:
            sensor, dot, _ = entry.partition(".")
            single = frozenset([entry]) if dot else frozenset()
            before = found.get(sensor, single)
            found[sensor] = before | single if before and single else frozenset()
        return found


@dataclass(frozen=True)
class Remote:
    """A machine behind ssh on which a target lives, and how to get there; None: as ssh's own configuration says.

    `python` is the interpreter there that has CADET, `workdir` the folder for the target's files, `exclude` what of
    them is not copied.
    """

    ssh: str
    port: int | None = None
    identity: Path | None = None
    python: str = "python3"
    workdir: str | None = None
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True)
class Target:
    """A deployment: its space, what is measured, and how it is run.

    `sources` says where each objective comes from (`wall`, `output:KEY`, ...), by name. `columns` are the events read
    from the workload's own answer; `events` adds those of the sensors. `flags` and `variables` say how an option
    reaches the command line as `{flag:NAME}` and the environment, `settings` are the knobs of the device that options
    set, `properties` the options that say how the process starts (`affinity`, `nice`, `scheduler`). `document` is the
    target file as plain data and `digest` the SHA-256 of it and of the recorded table: equal digests, equal targets.
    With `remote` the target lives on that machine: its settings and folders are looked at there, and are absent here.
    """

    name: str
    directory: Path
    path: Path | None
    space: Space
    objectives: tuple[Objective, ...]
    sources: Mapping[str, str]
    columns: tuple[str, ...]
    events: tuple[str, ...]
    workload: Source
    service: Service | None
    hooks: Hooks
    policy: Policy
    timeout_s: float
    workdir: Path
    document: Mapping[str, object] = field(repr=False)
    flags: Mapping[str, Mapping[object, Argv]] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    settings: tuple[Setting, ...] = ()
    properties: Mapping[str, str] = field(default_factory=dict)
    watched: Watched = Watched()
    remote: Remote | None = None

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical document and of the recorded table, in hexadecimal."""
        text = json.dumps(self.document, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        return hashlib.sha256((text + self.table).encode()).hexdigest()

    @property
    def table(self) -> str:
        """SHA-256 of the recorded table, empty where the deployment is none."""
        return self.workload.recording.sha256 if isinstance(self.workload, Replay) else ""

    @property
    def noiseless(self) -> bool:
        """Whether repetitions say nothing about noise: a recorded device with one row per configuration."""
        return isinstance(self.workload, Replay) and self.workload.recording.noiseless

    @property
    def live(self) -> bool:
        """Whether runs happen on this machine, rather than in a table or a simulation."""
        return isinstance(self.workload, Command | Function)

    @property
    def rails(self) -> Mapping[str, str]:
        """The values of sensors that are objectives: `gpu0.energy_j` for `energy:gpu0`, by the objective's name."""
        return {
            name: f"{source.removeprefix('energy:')}.energy_j"
            for name, source in self.sources.items()
            if source.startswith("energy:")
        }

    @property
    def wanted(self) -> tuple[str, ...]:
        """Keys that the workload's answer must hold: those of objectives, then those of events."""
        keys = (
            source.partition(":")[2] for source in self.sources.values() if source.startswith(("output:", "column:"))
        )
        return tuple(dict.fromkeys((*keys, *self.columns)))
