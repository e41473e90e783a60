"""A study: a target with its measurements and what was learned. Composes the rooms; decides nothing itself.

Study.create("target.toml").measure(25).learn().diagnose()
Study.create("target.toml").debug(Asked(goals=("latency<=0.5",)))
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import numpy as np

from cadet.device.target import Target, from_document, load
from cadet.errors import DeviceNotRestored, StudyError
from cadet.model.diagnosis import Verdict
from cadet.model.measurement import Purpose, Run, measurements
from cadet.model.option import Level
from cadet.model.reading import diagnosis_of
from cadet.study.database import exists
from cadet.study.laboratory import StudyLaboratory
from cadet.study.location import Location, describe, locate
from cadet.study.location import fresh as move_aside
from cadet.study.question import Asked, Read, read
from cadet.study.store import Store

if TYPE_CHECKING:
    from cadet.causal.effects import Counterfactual
    from cadet.debugging.earlier import Earlier
    from cadet.debugging.question import Session
    from cadet.model.comparison import Comparison
    from cadet.model.dataset import Dataset
    from cadet.model.diagnosis import Diagnosis, Fault
    from cadet.model.graph import CausalGraph
    from cadet.model.objective import Goal
    from cadet.protocols import Progress

NOTHING_ASKED = Asked()


def _silent(remark: str) -> None:
    """Tell nobody."""


class Study:
    """A target with its measurements and what was learned; a context manager that lets the next writer in."""

    def __init__(self, target: Target, store: Store) -> None:
        self.target = target
        self.store = store
        self._learned: tuple[int, Dataset, CausalGraph] | None = None

    # ── opening ──────────────────────────────────────────────────────────────────────────────────────────────────────

    @classmethod
    def create(cls, target: Target | str | Path, where: str | Path | None = None, *, fresh: bool = False) -> Study:
        """Continue the study of a target, or begin it; with `fresh` the old one is moved aside first.

        where: a path or database URL; by default `.cadet/NAME.db` beside the target file.
        Raises StudyError when the target changed in a way that makes the measurements incomparable.
        """
        target = target if isinstance(target, Target) else load(Path(target))
        location = locate(where if where is not None else target.name, target.directory)
        if fresh:
            move_aside(location)
        if isinstance(location, Path) and not location.exists():
            return cls(target, Store.create(location, target.name, target.document, target.digest))
        with ExitStack() as on_error:
            store = on_error.enter_context(_open_or_create(target, location, where))
            store.verify_target(target.document, target.digest, target.table)
            on_error.pop_all()
        return cls(target, store)

    @classmethod
    def open(cls, study: str | Path, directory: Path = Path()) -> Study:
        """Open a study by name, path or URL; nothing is run. Raises StudyError when it is not there."""
        location = locate(study, directory)
        home = location.parent.parent if isinstance(location, Path) else directory
        with ExitStack() as on_error:
            store = on_error.enter_context(Store.open(location if isinstance(location, Path) else str(study)))
            target = from_document(store.document, home.absolute(), tables=store.tables())
            on_error.pop_all()
        return cls(target, store)

    def __enter__(self) -> Study:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:  # fmt: skip
        self.store.close()

    # ── measuring ────────────────────────────────────────────────────────────────────────────────────────────────────

    def measure(
        self,
        n: int = 25,
        asked: Asked = NOTHING_ASKED,
        *,
        seed: int = 1,
        progress: Progress | None = None,
        allow_system_writes: bool = False,
    ) -> Study:
        """Measure the fault and an initial design of `n` configurations; what is there already is not run again.

        allow_system_writes: whether knobs that others on the machine feel may be set; all are put back. Without it
        such a target raises WritesNotAllowed.
        """
        from cadet.debugging.design import initial_design

        question = self.read(asked).question
        design = initial_design(self.target.space, question.fault, n, np.random.default_rng(seed), asked.accepted)
        with self._laboratory(seed=seed, progress=progress, allow_system_writes=allow_system_writes) as laboratory:
            laboratory.measure([question.fault], Purpose.FAULT)
            laboratory.measure(design.near, Purpose.NEIGHBOUR)
            laboratory.measure(design.sample, Purpose.DESIGN)
        return self

    def import_table(
        self, path: str | Path, *, columns: Mapping[str, str] | None = None, tell: Callable[[str], None] = _silent
    ) -> Study:
        """Add the rows of a CSV or Parquet table; rows that are there already are not added again.

        columns: where the table calls an option, event or objective otherwise. tell: hears what was left out.
        """
        from cadet.study.exchange import import_runs, runs_in

        import_runs(self.store, runs_in(Path(path), self.target, columns=columns, tell=tell), str(path), tell)
        return self

    # ── learning ─────────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def runs(self) -> Sequence[Run]:
        """Every run, in time order."""
        return self.store.runs()

    @property
    def randomised(self) -> bool:
        """Whether our design set the options; imported telemetry was not randomised."""
        return not any(run.purpose is Purpose.IMPORTED for run in self.runs)

    def learn(
        self, *, seed: int = 1, engine: str = "cadet", subsamples: int | None = None, progress: Progress | None = None
    ) -> Study:
        """Learn the causal graph from every run so far; `engine` and `subsamples` are those of `discovery.learn`."""
        from cadet.causal.dataset import build
        from cadet.causal.discovery import learn

        runs = self.runs
        dataset = build(runs, self.target.space, self.target.objectives, randomised=self.randomised)
        rng = np.random.default_rng(seed)
        graph = learn(dataset, rng, engine=engine, subsamples=subsamples, progress=progress)
        self._learned = len(runs), dataset, graph
        return self

    @property
    def dataset(self) -> Dataset:
        """The table that the graph was learned from; learns when there are new runs."""
        return self._knowledge()[0]

    @property
    def graph(self) -> CausalGraph:
        """The causal graph; learns when there are new runs."""
        return self._knowledge()[1]

    def _knowledge(self, seed: int = 1, progress: Progress | None = None) -> tuple[Dataset, CausalGraph]:
        if self._learned is None or self._learned[0] != len(self.runs):
            self.learn(seed=seed, progress=progress)
        assert self._learned is not None
        return self._learned[1], self._learned[2]

    # ── asking ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def read(self, asked: Asked) -> Read:
        """Read a question; raises UsageError for what does not fit the target."""
        return read(asked, self.target, self.runs)

    def diagnose(self, asked: Asked = NOTHING_ASKED, *, seed: int = 1, progress: Progress | None = None) -> Diagnosis:
        """Return root causes, ranked paths and predicted fixes from the runs so far; nothing is measured.

        Where `debug` has proven a fix for the same question, and nothing was measured since, that is the answer.
        """
        from cadet.debugging.diagnose import diagnose

        self._require_runs()
        reading = self.read(asked)
        proven = self._proven(reading)
        if proven is not None:
            return self._save(proven)
        dataset, graph = self._knowledge(seed, progress)
        began = time.perf_counter()
        diagnosis = diagnose(reading.question, reading.levels, self.runs, self.target.space, dataset, graph,
                             np.random.default_rng(seed), noiseless=self.target.noiseless)  # fmt: skip
        return self._save(_noted(replace(diagnosis, thinking_s=time.perf_counter() - began), reading.remark))

    def whatif(self, changes: Mapping[str, object], asked: Asked = NOTHING_ASKED, *, seed: int = 1) -> Counterfactual:
        """Return what would have been measured had the fault's options been changed; nothing is measured."""
        from cadet.causal.effects import counterfactual
        from cadet.debugging.detect import resolve_goals

        self._require_runs()
        reading = self.read(asked)
        question = reading.question
        goals = resolve_goals(question.objectives, question.goals, self.runs, question.fault, reading.levels)
        changed = self.target.space.change(question.fault, changes)
        dataset, graph = self._knowledge(seed)
        return counterfactual(dataset, graph, question.fault, changed, goals, np.random.default_rng(seed))

    def fault(self, asked: Asked = NOTHING_ASKED) -> tuple[tuple[Goal, ...], Fault]:
        """Return the goals of a question and the fault as it measured so far; nothing is measured."""
        from cadet.debugging.answer import measured_values
        from cadet.debugging.detect import resolve_goals
        from cadet.model.diagnosis import Fault

        reading = self.read(asked)
        question = reading.question
        goals = resolve_goals(question.objectives, question.goals, self.runs, question.fault, reading.levels)
        cells = [m for m in measurements(self.runs) if m.configuration == question.fault and m.level in reading.levels]
        return goals, Fault(question.fault, measured_values(goals, cells, noiseless=self.target.noiseless))

    def debug(
        self,
        asked: Asked = NOTHING_ASKED,
        *,
        seed: int = 1,
        progress: Progress | None = None,
        allow_system_writes: bool = False,
        keep: bool = False,
        earlier: str | Path | None = None,
    ) -> Diagnosis:
        """Measure, learn, diagnose, fix, verify and minimise; continues where it was interrupted.

        What this study holds already is learned from. earlier: name, path or URL of a study of the same target on
        another device or workload, believed as long as it predicts what is measured here.
        allow_system_writes: as for `measure`. keep: leave a confirmed fix on the device; all else is put back.
        """
        from cadet.debugging.explain import explain
        from cadet.debugging.session import debug

        reading = self.read(asked)
        began = time.perf_counter()
        rng = np.random.default_rng(seed)
        known, named = self._known_before(reading, seed, earlier)
        session: Session | None = None
        unrestored: DeviceNotRestored | None = None
        try:
            with self._laboratory(reading.levels, seed, named, progress, allow_system_writes) as laboratory:
                session = debug(laboratory, reading.question, rng, progress=progress, earlier=known)
                confirmed = keep and session.verdict is Verdict.CONFIRMED
                kept = laboratory.keep(session.fixes[0]) if confirmed else ""
                measuring, remembered = laboratory.measuring_s, laboratory.remembered_s
        except DeviceNotRestored as error:
            if session is None:
                raise
            unrestored = error  # said last, and loudly; what was found out is not lost by it
        dataset, graph = self._knowledge(seed, progress)
        diagnosis = _noted(explain(session, dataset, graph, np.random.default_rng(seed)), reading.remark, kept)
        thinking = time.perf_counter() - began - measuring
        diagnosis = self._save(replace(diagnosis, measuring_s=measuring + remembered, thinking_s=thinking))
        if diagnosis.verdict is Verdict.CONFIRMED:
            self.store.save_result(
                "proof", {"runs": len(self.runs), "diagnosis": self.store.latest_result("diagnosis")}
            )
        if unrestored is not None:
            unrestored.answer = diagnosis
            raise unrestored
        return diagnosis

    def compare(
        self, after: Study, asked: Asked = NOTHING_ASKED, *, seed: int = 1, progress: Progress | None = None
    ) -> Comparison:
        """Return what changed from this study to another one of the same system; see `cadet.study.comparing`."""
        from cadet.study.comparing import compare

        return compare(self, after, asked, seed=seed, progress=progress)

    # ── what the methods above share ─────────────────────────────────────────────────────────────────────────────────

    def _known_before(self, reading: Read, seed: int, earlier: str | Path | None) -> tuple[Earlier, str]:
        """Return what a session may learn from that was measured before it, and the session's name."""
        from cadet.study.earlier import earlier_runs

        self.store.hold()
        if earlier is None:
            named = reading.session(seed)
            return earlier_runs(self.store, named, None), named
        source = locate(earlier, self.target.directory)
        named = reading.session(seed, describe(source))
        with Store.open(source if isinstance(source, Path) else str(earlier)) as opened:
            return earlier_runs(self.store, named, opened), named

    @contextmanager
    def _laboratory(
        self,
        levels: Sequence[Level] | None = None,
        seed: int = 1,
        session: str = "",
        progress: Progress | None = None,
        allow_system_writes: bool = False,
    ) -> Iterator[StudyLaboratory]:
        self.store.hold()
        with StudyLaboratory(
            self.target,
            self.store,
            levels=levels,
            seed=seed,
            session=session,
            progress=progress,
            allow_system_writes=allow_system_writes,
        ) as laboratory:
            yield laboratory

    def _proven(self, reading: Read) -> Diagnosis | None:
        """Return the confirmed answer to the same question, None where there is none or more was measured since."""
        proof = self.store.latest_result("proof")
        if proof is None or proof["runs"] != len(self.runs):
            return None
        known = diagnosis_of(proof["diagnosis"], self.target.objectives)
        question = reading.question
        given = {goal.objective.name: goal.threshold for goal in question.goals}
        same_goals = all(given.get(g.objective.name, g.threshold) == g.threshold for g in known.goals)
        same = known.fault.configuration == question.fault and same_goals
        names = [[o.name for o in objectives] for objectives in (known.objectives, question.objectives)]
        return known if same and names[0] == names[1] else None

    def _require_runs(self) -> None:
        if not self.runs:
            raise StudyError(f"study {self.target.name!r} has no measurements yet; "
                             "run `cadet measure TARGET` or `cadet import TABLE --target TARGET`")  # fmt: skip

    def _save(self, diagnosis: Diagnosis) -> Diagnosis:
        from cadet.report.machine import strict

        document = strict(diagnosis.to_dict())
        assert isinstance(document, dict)
        self.store.save_result("diagnosis", document)
        return diagnosis


def _noted(diagnosis: Diagnosis, *remarks: str) -> Diagnosis:
    return replace(diagnosis, notes=(*diagnosis.notes, *filter(None, remarks)))


def _open_or_create(target: Target, location: Location, where: str | Path | None) -> Store:
    if isinstance(location, Path):
        return Store.open(location)
    if exists(location):
        return Store.open(str(where))
    return Store.create(str(where), target.name, target.document, target.digest)
