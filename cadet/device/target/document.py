"""The target file as it is written: the models that validate it and publish its JSON Schema."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

NAME_PATTERN = "[A-Za-z0-9][A-Za-z0-9._-]{0,99}"  # the name of a study is part of a path

DESTINATION_PATTERN = "([A-Za-z0-9_.][A-Za-z0-9_.-]*@)?[A-Za-z0-9_:][A-Za-z0-9_.:%-]*"  # never an option of ssh

Scalar = bool | int | float | str
Text = Annotated[str, Field(min_length=1)]
Argv = Annotated[list[str], Field(min_length=1)]
Seconds = Annotated[float, Field(gt=0)]


class Section(BaseModel):
    """A table of the file: no unknown keys, no silent conversions, no infinities."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, populate_by_name=False)


class SimulatedSection(Section):
    """A world with known truth."""

    world: Text
    seed: Annotated[int, Field(ge=0)] = 0


_WORKLOADS = ("command", "function", "replay", "simulated")


class WorkloadSection(Section):
    """What is run: exactly one of command, function, replay and simulated."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": [kind]} for kind in _WORKLOADS]})

    command: Argv | None = Field(None, description="argv with {option} and {flag:option}; never a shell")
    function: Text | None = Field(None, description="module:callable, from a dict of values to a dict of numbers")
    replay: Text | None = Field(None, description="table of a recorded device, CSV or Parquet")
    simulated: SimulatedSection | None = None
    setup: list[Argv] = Field([], description="once per study")
    prepare: list[Argv] = Field([], description="before every run")
    cleanup: list[Argv] = Field([], description="after every run, also after failure or timeout")
    timeout_s: Seconds = Field(600.0, description="beyond it a run is stopped and counts as censored")
    workdir: Text = Field(".", description="relative to the target file")

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of workload that are given."""
        return tuple(kind for kind in _WORKLOADS if getattr(self, kind) is not None)


class ReadySection(Section):
    """How to see that the service answers: exactly one of tcp, http and command."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": [k]} for k in ("tcp", "http", "command")]})

    tcp: Text | None = None
    http: Text | None = None
    command: Argv | None = None
    timeout_s: Seconds = 10.0


class ServiceSection(Section):
    """The deployment is a server and the command is its load."""

    start: Argv
    ready: ReadySection
    restart_on: list[str] | None = Field(None, description="default: every option used in start or set as env")
    stop: list[str] = Field([], description="default: SIGTERM, then SIGKILL")


class QuietSection(Section):
    """When the machine counts as quiet."""

    max_other_cpu: Annotated[float, Field(ge=0, le=1)] = Field(0.15, description="share of all cores")
    max_wait_s: Annotated[float, Field(ge=0)] = 10.0


class SettleSection(Section):
    """How cool the device must be before a run."""

    temperature: Text = Field(description="of temperature.NAME, as `cadet doctor` lists them")
    below_c: float
    max_wait_s: Annotated[float, Field(ge=0)] = 120.0


class RunSection(Section):
    """How runs are made."""

    repeats: Annotated[int, Field(ge=1, le=1000)] = 3
    warmup: Annotated[int, Field(ge=0, le=100)] = 1
    isolation: Literal["none", "fifo"] = Field("none", description="fifo: before everybody else, by SCHED_FIFO")
    quiet: QuietSection = Field(default_factory=lambda: QuietSection.model_validate({}))
    settle: SettleSection | None = None


class CommandPair(Section):
    """Two programs, argv each: one sets {value}, the other prints it."""

    set: Argv
    get: Argv


_ACTUATORS = ("env", "file", "sysctl", "sysfs", "block", "hugepages", "cpufreq", "cgroup", "process", "command",
              "nvml", "jetson", "jtop")  # fmt: skip


class ActuatorSection(Section):
    """How an option reaches the workload when not on its command line: exactly one kind."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": [kind]} for kind in _ACTUATORS]})

    env: Text | None = Field(None, description="name of an environment variable")
    file: Text | None = Field(None, description="a file below the target file's folder, rendered from a template")
    template: Text | None = Field(None, description="of a file; default: its name with .in")
    sysctl: Text | None = Field(None, description="a kernel parameter: vm.dirty_ratio")
    sysfs: Text | None = Field(None, description="the path of a file below /sys")
    block: Text | None = Field(None, description="DEVICE/KNOB of a request queue: vda/scheduler")
    hugepages: Text | None = Field(None, description="enabled | defrag | shmem_enabled | use_zero_page")
    cpufreq: Text | None = Field(None, description="governor | min_khz | max_khz | energy_preference")
    cgroup: Text | None = Field(
        None, description="a limit of the workload: cpu.quota, memory.limit, io.write_iops, ..."
    )
    device: Text | None = Field(None, description="of a cgroup limit on I/O: a folder on the disk, or major:minor")
    process: Text | None = Field(None, description="affinity | nice | scheduler of the workload")
    command: CommandPair | None = None
    nvml: Text | None = Field(None, description="a setting of an NVIDIA GPU: gpu0.power_limit_w")
    jetson: Text | None = Field(None, description="a knob of a Jetson board: nvpmodel, jetson_clocks, gpu/max_hz, ...")
    jtop: Text | None = Field(None, description="nvpmodel | jetson_clocks, through the service of jetson-stats")

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds that are given."""
        return tuple(kind for kind in _ACTUATORS if getattr(self, kind) is not None)


class OptionSection(Section):
    """What can be set: listed values or a range of numbers."""

    model_config = ConfigDict(
        json_schema_extra={"oneOf": [{"required": [way]} for way in ("values", "range", "values_from")]}
    )

    values: list[Scalar] | None = Field(None, description="strings: unordered; numbers: ordered")
    range: Annotated[list[int | float], Field(min_length=2, max_length=2)] | None = None
    values_from: Literal["device"] | None = Field(None, description="what the device offers through the actuator")
    scale: Literal["linear", "log"] | None = Field(None, description="of a range; default linear")
    ordered: bool | None = Field(None, description="whether 'between' has a meaning; default: numbers yes, others no")
    default: Scalar
    layer: Literal["application", "framework", "kernel", "hardware"] = "application"
    consent: dict[str, Text] = Field({}, description="value -> what it gives up")
    flag: dict[str, list[str]] | None = Field(None, description="value -> arguments, for {flag:option}")
    when: Text | None = Field(None, description="expression: the option exists only then")
    actuator: ActuatorSection | None = None
    cost_s: Annotated[float, Field(ge=0)] = 0.0


class ConstraintSection(Section):
    """What every configuration must satisfy."""

    expr: Text
    reason: str = ""


class ConsentSection(Section):
    """A combination of values that gives something up."""

    expr: Text
    cost: Text


class EventsSection(Section):
    """What is observed beside the objectives."""

    output: list[Text] = Field(
        [], description="keys of the JSON object that is the last line of stdout, or of the dict"
    )
    columns: list[Text] = Field([], description="columns of a recorded device")
    rusage: bool = False
    process: bool = Field(False, description="what the command and its children read, wrote and waited for")
    pressure: bool = False
    perf: list[Text] = Field([], description="software events, tracepoints and hardware counters of perf stat")
    sensors: list[Text] = Field(
        [], description="by name, as `cadet doctor` lists them: proc, ...; or single values: cgroup.writes"
    )


class ObjectiveSection(Section):
    """What the user cares about."""

    source: Text = Field(
        alias="from", description="wall | cpu | output:KEY | regex:PATTERN | filesize:PATH | energy:RAIL | column:NAME"
    )
    unit: str = ""
    goal: Literal["min", "max"] = "min"
    slo: float | None = Field(None, description="beyond it a configuration is a fault")


class GuardsSection(Section):
    """What ends the session, to keep the device from harm."""

    abort_if: list[Text] = Field([], description="expressions of gauges: temperature.tj > 95")


class ContextSection(Section):
    """A condition that is neither set to fix things nor caused by options."""

    values: Annotated[list[Scalar], Field(min_length=1)]


class DeviceSection(Section):
    """Another machine, reached by ssh, on which everything is run, set and measured."""

    ssh: Annotated[str, Field(min_length=1, json_schema_extra={"pattern": f"^{DESTINATION_PATTERN}$"})] = Field(
        description="user@host, or a name of ssh's own configuration"
    )
    port: Annotated[int, Field(ge=1, le=65535)] | None = Field(None, description="default: ssh's own")
    identity: Text | None = Field(None, description="a private key, relative to the target file; default: ssh's own")
    python: Text = Field("python3", description="the interpreter on the board that has CADET")
    workdir: Text | None = Field(
        None, description="the folder on the board for the files of the target; default ~/.local/share/cadet/..."
    )
    exclude: list[Text] = Field([], description="patterns of files and folders that are not copied to the board")


class TargetDocument(Section):
    """A target file."""

    model_config = ConfigDict(title="CADET target file, version 1")

    cadet: Literal[1]
    name: Annotated[str, Field(min_length=1, json_schema_extra={"pattern": f"^{NAME_PATTERN}$"})]
    device: DeviceSection | None = None
    workload: WorkloadSection
    service: ServiceSection | None = None
    run: RunSection = Field(default_factory=lambda: RunSection.model_validate({}))
    options: dict[str, OptionSection] = Field({}, description="by name; a name with a dot is quoted")
    constraints: list[ConstraintSection] = []
    consent: list[ConsentSection] = []
    events: EventsSection = Field(default_factory=lambda: EventsSection.model_validate({}))
    objectives: dict[str, ObjectiveSection] = {}
    context: dict[str, ContextSection] = {}
    guards: GuardsSection = Field(default_factory=lambda: GuardsSection.model_validate({}))


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of the target file, from the models that validate it."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **TargetDocument.model_json_schema()}
