"""Every extension point on one page. A new implementation is one file and one line in `plugins.py`.

Protocols are structural: nothing needs to inherit from them. `cadet.testing` holds a conformance suite for each.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple, Protocol, runtime_checkable

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from cadet.model.dataset import Dataset
    from cadet.model.diagnosis import Diagnosis
    from cadet.model.domain import Value
    from cadet.model.graph import PAG, CausalGraph
    from cadet.model.instruction import Instruction
    from cadet.model.knowledge import Knowledge
    from cadet.model.measurement import Measurement, Purpose, Run, Status
    from cadet.model.objective import Objective
    from cadet.model.option import Configuration, Level
    from cadet.model.space import Space


# ── device: everything that touches the machine ─────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Outcome:
    """What a workload returned for one run: how it ended, what it observed, how long it took (seconds)."""

    status: Status
    values: Mapping[str, float]
    seconds: float
    message: str = ""
    timeout_s: float | None = None
    recycled: bool = False


class Workload(Protocol):
    """The deployment under test. `values` holds every option and context variable by name.

    `run` reports trouble of the deployment as an Outcome; it raises MeasurementError only when no run is possible.
    """

    def __enter__(self) -> Workload: ...
    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None: ...  # fmt: skip
    def run(self, values: Mapping[str, Value]) -> Outcome:
        """Run once with these values."""
        ...


class Sensor(Protocol):
    """Reads something around a run: `start` before it, `stop` after it returns the values by name, in SI units.

    Registered in `plugins.py` as a class whose constructor can be called without arguments, or with the `names` that
    are wanted; it raises CapabilityMissing with the remedy where there is nothing to read. `sources` says for each name
    where its value comes from, and how often it is sampled where it is. What `stop` cannot tell is absent, never 0;
    a sensor with an attribute `refused` (name -> reason, of the last run) says why.

    Names that mean something to the runner: `RAIL.energy_j` serves objectives `from = "energy:RAIL"`; a positive
    `….slowed_down` (the share of the run in which heat or the power supply held clocks down) tags a run as throttled.
    """

    names: tuple[str, ...]
    sources: Mapping[str, str]

    def start(self) -> None:
        """Begin; called right before the workload."""
        ...

    def stop(self) -> Mapping[str, float]:
        """End and return what was read since `start`, by name."""
        ...


@runtime_checkable
class Gauge(Protocol):
    """A sensor that can also be read at any moment, from any thread: for guards and for settling before a run."""

    def read(self) -> Mapping[str, float]:
        """Return the present values by name, such as `temperature.tj` in degrees Celsius."""
        ...


@dataclass(frozen=True)
class Knob:
    """Something of the device that can be set: `kind` names the actuator, `address` is a word of its language.

    Both are text, so that another process can put the device back from a journal: ("sysctl", "vm.dirty_ratio"),
    ("nvml", "gpu0.power_limit_w").
    """

    kind: str
    address: str


class Actuator(Protocol):
    """Sets every knob of one kind; registered in `plugins.py` as a class without arguments.

    Values are text, as the device reports them, in the unit that the address names. An actuator remembers nothing:
    the journal is read by another process, which makes its own. `volatile`: a reboot undoes what was written.
    """

    kind: str
    volatile: bool

    def check(self, address: str) -> None:
        """Return when this knob may be set; raises Refused, before anything is read or written, when it may not."""
        ...

    def system(self, address: str) -> bool:
        """Tell whether others on this machine feel a write, which then needs `--allow-system-writes`."""
        ...

    def read(self, address: str) -> str | None:
        """Return the present value; None where the device has no getter, so that restoring means `reset`.

        Raises CapabilityMissing (not there, no permission, with the remedy) and nothing else.
        """
        ...

    def write(self, address: str, value: str) -> None:
        """Ask for a value; the caller reads back. Raises NotApplied with the reason when the device refuses."""
        ...

    def reset(self, address: str) -> None:
        """Put back what `read` cannot tell (locked clocks: unlock them); raises NotApplied."""
        ...

    def twins(self, address: str) -> Sequence[Knob]:
        """Return the knobs that a write may change as well: block scheduler -> nr_requests, power mode -> clocks."""
        ...

    def available(self, address: str) -> Sequence[str]:
        """Return the values that the device offers (`values_from = "device"`), empty where it lists none."""
        ...

    def same(self, address: str, asked: str, shown: str) -> bool:
        """Tell whether `shown` is how the device spells or rounds `asked` (130 -> 128); runs record `shown`."""
        ...


class Runs(Protocol):
    """A session on a device, here or behind ssh: makes runs of one target; a context manager.

    Whatever ends it, the device is as it was found, or DeviceNotRestored says that it is not.
    """

    def __enter__(self) -> Runs: ...
    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None: ...  # fmt: skip
    def run(self, configuration: Configuration, level: Level = ..., purpose: Purpose = ..., slot: str = "",
            sequence: int = 0, *, at_once: bool = False) -> Run:  # fmt: skip
        """Make one repetition. Trouble of the deployment is a status; raises when no run is possible."""
        ...

    def keep(self, configuration: Configuration, options: Collection[str]) -> Sequence[Knob]:
        """Leave the knobs of these options as `configuration` says; return them."""
        ...


# ── debugging asks, a laboratory answers ────────────────────────────────────────────────────────────────────────────


class Laboratory(Protocol):
    """Where the debugging engine gets its measurements; the study store, a recorded device or a world stands behind it.

    `noiseless` says that repetitions carry no information about noise (one recorded row per configuration).
    """

    space: Space
    levels: Sequence[Level]
    noiseless: bool

    def measure(self, configurations: Sequence[Configuration], purpose: Purpose) -> Sequence[Measurement]:
        """Measure each configuration at each level, repetitions in randomised complete blocks."""
        ...

    def pair(self, first: Configuration, second: Configuration, level: Level, purpose: Purpose) -> tuple[Run, Run]:
        """Run `first`, then at once `second`, freshly."""
        ...

    def runs(self) -> Sequence[Run]:
        """Return every run of the study so far, in time order."""
        ...


# ── causal: pure ────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Independence:
    """The result of a test of X independent of Y given Z. `rows` is the effective sample size."""

    statistic: float
    p_value: float
    rows: int


class IndependenceTest(Protocol):
    """Tests conditional independence of named variables.

    Returns None when the rows cannot support the conditioning set; such a test is refused, not computed.
    """

    names: tuple[str, ...]

    def __call__(self, x: str, y: str, given: Sequence[str]) -> Independence | None:
        """Test x independent of y given `given`."""
        ...


class Pools(NamedTuple):
    """Where to look for what separates pair i: members start[2 i] … start[2 i + 1] and … start[2 i + 2].

    flags, by member: 1 when it is also in the pair's first pool, 2 and 4 when it was a candidate of one or the other
    search before; a set whose members share such a bit was tried and is left out.
    """

    start: npt.NDArray[np.int64]
    member: npt.NDArray[np.int64]
    flags: npt.NDArray[np.int64]


class Found(NamedTuple):
    """Separating sets: `of` the pair (found,), `size` (found,), `sets` (found, largest), -1 where there are fewer.

    By pair: refused, some set could not be tested; untestable, not even the empty one; cut, more sets were left.
    """

    of: npt.NDArray[np.int64]
    size: npt.NDArray[np.int64]
    sets: npt.NDArray[np.int64]
    refused: npt.NDArray[np.bool_]
    untestable: npt.NDArray[np.bool_]
    cut: npt.NDArray[np.bool_]
    tests: int


Separating = Callable[["npt.NDArray[np.int64]", Pools, tuple[int, int], bool, int], Found]
"""Called as separating(pairs, pools, (least, largest), every, most): the sets that separate each pair, smallest first.

Looks through the subsets of both pools with least … largest members until one separates, or through all of them when
`every`; looks at no more than `most` sets of a pair, those tried before included. Variables are places in the test's
names, pairs (pairs, 2).
"""


@runtime_checkable
class SearchableTest(IndependenceTest, Protocol):
    """An independence test that answers many questions at once, faster than one by one; its names are sorted."""

    def many(
        self, pairs: npt.NDArray[np.int64], given: npt.NDArray[np.int64]
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.int64]]:
        """Return statistic, p-value (NaN: refused) and effective rows, (tests,) each.

        pairs: (tests, 2) places in `names`, the smaller first; given: (tests, conditions), -1 for none.
        """
        ...

    def separating(self, alpha: float) -> Separating:
        """Return its search at level `alpha`."""
        ...


@dataclass(frozen=True)
class Evidence:
    """What an engine learns from: a test, what is known before any data, and how far to trust and to go.

    places: by variable, (rows,) its values as numbers in the rows that the test sees, NaN where missing; for engines
    that score graphs. At level `alpha`, with at most `max_conditioning` conditions (None: no limit).
    """

    dataset: Dataset
    places: Mapping[str, npt.NDArray[np.float64]]
    test: IndependenceTest
    knowledge: Knowledge
    alpha: float
    max_conditioning: int | None = None


@dataclass(frozen=True)
class Discovery:
    """The PAG of an engine, how many tests it took, what to keep in mind about it, and which effects the data shows.

    ambiguous: unshielded (a, b, c) of which the tests do not tell whether b is a collider.
    """

    pag: PAG
    tests: int = 0
    notes: tuple[str, ...] = ()
    effects: tuple[tuple[str, str], ...] = ()
    ambiguous: tuple[tuple[str, str, str], ...] = ()


class DiscoveryEngine(Protocol):
    """From evidence to a PAG. The same evidence gives the same graph, whatever the order of the names."""

    def __call__(self, evidence: Evidence) -> Discovery:
        """Return the PAG over `evidence.test.names` that the evidence supports."""
        ...


# ── telling ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Story:
    """All that a report may draw from.

    `instructions` say how the first fix is made by hand, `versions` what worked the answer out, `objectives` are all
    that the target declares, also those that were not asked about.
    """

    diagnosis: Diagnosis
    space: Space
    runs: Sequence[Run]
    dataset: Dataset | None = None
    graph: CausalGraph | None = None
    commands: Sequence[str] = ()
    environment: Mapping[str, object] | None = None
    instructions: Sequence[Instruction] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    objectives: Sequence[Objective] = ()


class Reporter(Protocol):
    """Turns a diagnosis and what it rests on into text."""

    def __call__(self, story: Story) -> str:
        """Return the report as text."""
        ...


Progress = Callable[[str, int, int, str], None]
"""Called as progress(stage, done, total, remark) while something long is going on."""
