"""Invented stories for every verdict: the numbers are made up, only their shapes are real."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from cadet.model.dataset import Dataset, LeftOut, Role, Variable
from cadet.model.diagnosis import Counts, Diagnosis, Fault, Fix, RootCause, Verdict
from cadet.model.domain import Choice, Interval
from cadet.model.effect import CausalPath, Estimate
from cadet.model.functional import FunctionalNode
from cadet.model.graph import ADMG, PAG, CausalGraph, EdgeStability, Mark, Resolution
from cadet.model.instruction import Instruction
from cadet.model.measurement import Purpose, Run, Status, Tag
from cadet.model.objective import Goal, Objective
from cadet.model.option import NO_CONTEXT, Configuration, Context, Level, Option
from cadet.model.space import Space
from cadet.protocols import Story

LATENCY = Objective("latency", "s", bounded_by_time=True)
CPU = Objective("cpu", "s")
SIZE = Objective("size", "bytes")
THROUGHPUT = Objective("throughput", "1/s", "max")

SPACE = Space(
    (
        Option("journal_mode", Choice(("delete", "truncate", "wal", "off")), "delete", consent={"off": "durability"}),
        Option("synchronous", Choice(("full", "normal", "off")), "full", consent={"off": "durability"}),
        Option("batch", Interval(1, 1024, integer=True, log=True), 1),
        Option("mmap", Choice((False, True)), False),
        Option("page_size", Choice((1024, 4096, 16384), ordered=True), 4096),
        Option("cache_size", Choice((100, 2000, 20000), ordered=True), 2000),
        Option("vm.dirty_ratio", Choice((5, 20, 60), ordered=True), 20, layer="kernel"),
    )
)
BAD = SPACE.default
GOOD = SPACE.change(BAD, {"journal_mode": "wal", "batch": 256})
EVENTS = ("psi.io_some_us", "rusage.voluntary_switches", "block:block_rq_issue")

ONE_GOAL = (Goal(LATENCY, 0.5),)
GAIN = Estimate(0.867, 0.861, 0.873)


def runs(
    configurations: Sequence[Configuration] = (BAD, GOOD),
    *,
    level: Level = NO_CONTEXT,
    seed: int = 1,
    objectives: Sequence[Objective] = (LATENCY,),
) -> tuple[Run, ...]:
    """An initial design, a proposal, and eight ABBA pairs, with every status and tag once."""
    rng = np.random.default_rng(seed)
    planned: list[tuple[Configuration, Purpose]] = [(configurations[0], Purpose.FAULT)] * 3
    for _ in range(22):
        drawn = {o.name: o.domain.from_unit(float(rng.random())) for o in SPACE.options}
        planned += [(SPACE.configuration(drawn), Purpose.DESIGN)]
    planned += [(configurations[-1], Purpose.PROPOSAL)] * 2
    for pair in range(8):
        order = (configurations[0], configurations[-1])
        planned += [(c, Purpose.PAIR) for c in (order if pair % 2 == 0 else order[::-1])]
    return tuple(_run(c, purpose, i, level, rng, objectives) for i, (c, purpose) in enumerate(planned))


def _run(
    configuration: Configuration,
    purpose: Purpose,
    sequence: int,
    level: Level,
    rng: np.random.Generator,
    objectives: Sequence[Objective],
) -> Run:
    journal = 0.19 if configuration["journal_mode"] in ("wal", "off") else 1.0
    cost = 1.9 * journal / (1 + float(configuration["batch"]) / 250) ** 0.5 * float(np.exp(rng.normal(0, 0.05)))
    latency = cost * (11 if level.get("rows") == 10000 else 1)
    status = Status.TIMED_OUT if sequence == 7 or latency > 15 else (Status.FAILED if sequence == 11 else Status.OK)
    tags = frozenset({Tag.CONTENDED}) if sequence in (4, 30) else frozenset()
    size = 8.4e6 * float(np.exp(rng.normal(0, 0.001)))
    seen = {"latency": latency, "size": size, "throughput": 1.3 * (1.9 / cost) ** 0.54}
    values = {o.name: seen[o.name] for o in objectives}
    return Run(
        configuration,
        status,
        values if status is Status.OK else {},
        level,
        purpose,
        tags,
        f"s{sequence}",
        sequence,
        1_700_000_000.0 + sequence,
        latency,
        20.0 if status is Status.TIMED_OUT else None,
    )


def graph() -> CausalGraph:
    """Twelve nodes: arrows, a hidden common cause and an unresolved circle."""
    arrow, tail, circle = Mark.ARROW, Mark.TAIL, Mark.CIRCLE
    joined = [
        ("journal_mode", "block:block_rq_issue", tail, arrow, 0.97),
        ("journal_mode", "psi.io_some_us", tail, arrow, 0.74),
        ("batch", "block:block_rq_issue", tail, arrow, 0.91),
        ("batch", "rusage.voluntary_switches", tail, arrow, 0.44),
        ("block:block_rq_issue", "psi.io_some_us", tail, arrow, 0.88),
        ("psi.io_some_us", "latency", circle, arrow, 0.93),
        ("psi.io_some_us", "rusage.voluntary_switches", arrow, arrow, 0.61),
        ("cache_size", "cpu", tail, arrow, 0.52),
        ("batch", "cpu", tail, arrow, 0.83),
        ("rusage.voluntary_switches", "cpu", circle, circle, 0.38),
    ]
    nodes = (*SPACE.names, *EVENTS, "latency", "cpu")
    return CausalGraph(
        PAG(nodes, {pair: mark for a, b, at_a, at_b, _ in joined for pair, mark in (((a, b), at_b), ((b, a), at_a))}),
        ADMG(
            nodes,
            frozenset((a, b) for a, b, at_a, at_b, _ in joined if at_a is not arrow),
            frozenset({frozenset(("psi.io_some_us", "rusage.voluntary_switches"))}),
        ),
        tuple(EdgeStability(a, b, share) for a, b, _, _, share in joined),
        (
            Resolution("psi.io_some_us", "latency", "psi.io_some_us → latency", "knowledge: objectives cause nothing"),
            Resolution("rusage.voluntary_switches", "cpu", "rusage.voluntary_switches → cpu", "stability"),
        ),
        ("Conditioning sets larger than 3 were refused: 37 configurations do not support them.",),
    )


def large_graph(options: int = 15, events: int = 22, objectives: int = 3, seed: int = 3) -> CausalGraph:
    """Forty nodes with long names, sparse edges along the tiers, some hidden causes and circles."""
    rng = np.random.default_rng(seed)
    first = [f"option_number_{i}" for i in range(options)]
    middle = [f"subsystem{i % 4}:event_counter_{i}" for i in range(events)]
    last = [f"objective_{i}" for i in range(objectives)]
    marks: dict[tuple[str, str], Mark] = {}
    directed: set[tuple[str, str]] = set()
    hidden: set[frozenset[str]] = set()
    for sources, targets, share in (
        (first, middle, 0.09),
        (middle, middle, 0.04),
        (middle, last, 0.18),
        (first, last, 0.06),
    ):
        for i, a in enumerate(sources):
            for j, b in enumerate(targets):
                if (sources is targets and i >= j) or rng.random() > share:
                    continue
                draw = rng.random()
                bidirected = sources is middle and targets is middle and draw < 0.3
                at_a = Mark.ARROW if bidirected else (Mark.CIRCLE if sources is middle and draw < 0.6 else Mark.TAIL)
                marks[a, b], marks[b, a] = Mark.ARROW, at_a
                (hidden.add(frozenset((a, b))) if bidirected else directed.add((a, b)))
    nodes = (*first, *middle, *last)
    stability = tuple(
        EdgeStability(a, b, float(rng.random())) for a, b in marks if (a in first or a in middle) and a < b
    )
    return CausalGraph(PAG(nodes, marks), ADMG(nodes, frozenset(directed), frozenset(hidden)), stability)


def large(options: int = 15, events: int = 22, objectives: int = 3, seed: int = 3) -> Story:
    """A large graph, by default of forty nodes, with the path of a root cause through it."""
    learned = large_graph(options, events, objectives, seed)
    role = {"option": Role.OPTION, "subsystem": Role.EVENT, "objective": Role.OBJECTIVE}
    variables = tuple(
        Variable(n, next(r for start, r in role.items() if n.startswith(start))) for n in learned.pag.nodes
    )
    path = next(
        (a, b, c)
        for a, b in sorted(learned.admg.directed)
        for b2, c in sorted(learned.admg.directed)
        if b == b2 and a.startswith("option") and c.startswith("objective")
    )
    cause = RootCause(path[0], f"{path[0]} == 1", paths=(path,))
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.normal(size=(60, len(variables))), columns=[v.name for v in variables])
    return story(diagnosis(root_causes=(cause,), paths=()), graph=learned, dataset=table(frame, variables))


def hundred() -> Story:
    """A graph of a hundred nodes."""
    return large(36, 60, 4, 11)


def together() -> Story:
    """Option values that act only together, one of them with no edge of its own in the graph."""
    harm = causes()[1].ablation["latency"]
    nodes = (
        FunctionalNode("batch == 1 and journal_mode == 'delete'", ("batch", "journal_mode"), "latency", harm,
                       Estimate(0.02, -0.03, 0.07, 12), "wal", ("block:block_rq_issue",)),
        FunctionalNode("journal_mode == 'delete' and vm.dirty_ratio == 20", ("journal_mode", "vm.dirty_ratio"),
                       "latency", causes()[0].ablation["latency"], Estimate(0.3, 0.2, 0.4, 12), 60, ("latency",)),
    )  # fmt: skip
    told = tuple(replace(c, expression=n.expression) for c, n in zip(causes(), nodes[::-1], strict=True))
    return story(diagnosis(functional_nodes=nodes, root_causes=told))


def imported() -> Story:
    """A diagnosis of a table: causes and predictions, nothing run, nothing taken back."""
    asked = "nothing was run: a table cannot be ablated"
    told = tuple(replace(c, ablation={"latency": Estimate(None, reason=asked)}) for c in causes())
    predicted = replace(best(), measured={}, gain={}, pairs=0, verdict=None, potential=0.9, control=0.8)
    seen = tuple(replace(run, purpose=Purpose.IMPORTED, tags=frozenset()) for run in runs((BAD,))[:30])
    made = diagnosis(Verdict.INCONCLUSIVE, fixes=(predicted,), root_causes=told, with_consent=())
    return story(made, runs=seen, environment={"device": "replay", "table": "runs.csv"}, instructions=())


def dataset() -> Dataset:
    """A table of 30 configurations, two rows each, with left-out columns; the events follow the options."""
    variables = (
        *(Variable(o.name, Role.OPTION, o.domain) for o in SPACE.options),
        *(Variable(e, Role.EVENT) for e in EVENTS),
        Variable("latency", Role.OBJECTIVE, unit="s"),
        Variable("cpu", Role.OBJECTIVE, unit="s"),
    )
    rng = np.random.default_rng(5)
    drawn = [{o.name: o.domain.from_unit(float(rng.random())) for o in SPACE.options} for _ in range(30)]
    frame = pd.DataFrame([SPACE.configuration(c) for c in drawn for _ in range(2)]).astype(object)
    writes = 4000 / (1 + frame["batch"].astype(float)) ** 0.5 * np.where(frame["journal_mode"] == "wal", 0.3, 1.0)
    frame["block:block_rq_issue"] = writes * np.exp(rng.normal(0, 0.1, 60))
    frame["psi.io_some_us"] = 90 * frame["block:block_rq_issue"] + rng.normal(0, 2000, 60)
    frame["rusage.voluntary_switches"] = rng.poisson(40, 60).astype(float)
    frame["latency"] = 0.2 + frame["psi.io_some_us"] / 2e5
    frame["cpu"] = rng.normal(0.4, 0.02, 60)
    return table(
        frame,
        variables,
        (
            LeftOut("rusage.swaps", "constant: 0 in every run"),
            LeftOut("psi.io_full_us", "equals psi.io_some_us in every run"),
        ),
    )


def table(frame: pd.DataFrame, variables: tuple[Variable, ...], left_out: tuple[LeftOut, ...] = ()) -> Dataset:
    """A dataset in which two rows after each other are of one configuration."""
    rows = len(frame)
    return Dataset(frame, variables, np.arange(rows) // 2, np.zeros(rows, bool), np.ones(rows, bool), left_out=left_out)


def causes() -> tuple[RootCause, ...]:
    """Two root causes, the second without measured ablation of one objective."""
    return (
        RootCause(
            "journal_mode",
            "journal_mode == 'delete'",
            {"latency": Estimate(1.21, 0.94, 1.48)},
            {"latency": Estimate(4.2, 3.9, 4.6, 12)},
            0.96,
            (("journal_mode", "block:block_rq_issue", "psi.io_some_us", "latency"),),
        ),
        RootCause(
            "batch",
            "batch == 1",
            {"latency": Estimate(0.43, 0.2, 0.66)},
            {"latency": Estimate(0.42, 0.36, 0.48, 12)},
            0.81,
            (("batch", "block:block_rq_issue", "psi.io_some_us", "latency"),),
        ),
    )


def best(verdict: Verdict = Verdict.CONFIRMED, **changed: object) -> Fix:
    """The first fix, with what a measured one knows."""
    fix = Fix(
        SPACE.changes(BAD, GOOD),
        GOOD,
        {"latency": Estimate(0.24, 0.15, 0.38)},
        0.97,
        0.97,
        0.99,
        frozenset(),
        {"latency": Estimate(0.253, 0.246, 0.261, 8)},
        {"latency": GAIN},
        8,
        verdict,
    )
    return replace(fix, **changed)  # type: ignore[arg-type]


def consented() -> Fix:
    """What consent would add: predicted, not measured."""
    target = SPACE.change(GOOD, {"synchronous": "off"})
    return Fix(
        SPACE.changes(BAD, target),
        target,
        {"latency": Estimate(0.14, 0.09, 0.21)},
        0.99,
        consent=frozenset({"durability"}),
    )


def diagnosis(verdict: Verdict = Verdict.CONFIRMED, **changed: object) -> Diagnosis:
    """A diagnosis with everything in it."""
    tried = Fix(
        SPACE.changes(BAD, SPACE.change(BAD, {"mmap": True})),
        SPACE.change(BAD, {"mmap": True}),
        {"latency": Estimate(1.5, 0.6, 2.4)},
        0.11,
        measured={"latency": Estimate(1.86, 1.79, 1.93, 2)},
        gain={"latency": Estimate(0.02, -0.03, 0.06)},
        pairs=6,
        verdict=Verdict.REFUTED,
        reason="misses the goal",
    )
    made = Diagnosis(
        "sqlite-ingest",
        (LATENCY,),
        ONE_GOAL,
        verdict,
        Fault(BAD, {"latency": Estimate(1.9, 1.83, 1.98, 8)}),
        (best(verdict), tried),
        causes(),
        (
            CausalPath(
                ("journal_mode", "block:block_rq_issue", "psi.io_some_us", "latency"),
                1.83,
                Estimate(0.9, 0.6, 1.3),
                0.81,
                (0.92, 0.61, 0.3),
            ),
            CausalPath(
                ("batch", "block:block_rq_issue", "psi.io_some_us", "latency"),
                1.2,
                Estimate(None, reason="not identified: psi.io_some_us ↔ latency"),
            ),
        ),
        {"latency": 0.07},
        (consented(),),
        Counts(25, 37, 140, 0, 1, 3),
        61.3,
        8.2,
        ("Free memory was below 10 % during 3 runs.",),
    )
    return replace(made, **changed)  # type: ignore[arg-type]


def story(told: Diagnosis | None = None, **changed: object) -> Story:
    """A full story; the default one is confirmed."""
    made = Story(
        told or diagnosis(),
        SPACE,
        runs(),
        dataset(),
        graph(),
        ("cadet debug target.toml --objective latency --goal 'latency<=0.5' --seed 1",),
        {"host": "board", "cpu": {"model": "Example CPU", "cores": 2}, "governor": None, "load": [0.1, 0.2]},
        (
            Instruction(("journal_mode", "batch"), "command line", "python3 ingest.py --journal wal --batch 256"),
            Instruction(
                ("vm.dirty_ratio",),
                "sysctl",
                "sudo sysctl -w vm.dirty_ratio=60",
                "sudo sysctl -w vm.dirty_ratio=20",
                True,
            ),
        ),
        {"python": "3.12.1", "cadet": "1.0", "numpy": "2.1.0"},
        (LATENCY, CPU),
    )
    return replace(made, **changed)  # type: ignore[arg-type]


def no_fault() -> Story:
    """The fault meets its goal."""
    fine = {"latency": Estimate(0.21, 0.2, 0.22, 6)}
    return story(
        diagnosis(Verdict.NO_FAULT, fault=Fault(BAD, fine), fixes=(), root_causes=(), paths=(), with_consent=()),
        graph=None,
    )


def no_effect() -> Story:
    """No option matters; learning found nothing."""
    empty = CausalGraph(PAG((*SPACE.names, "latency"), {}), ADMG((*SPACE.names, "latency"), frozenset()))
    return story(diagnosis(Verdict.NO_EFFECT, fixes=(), root_causes=(), paths=(), with_consent=()), graph=empty)


def inconclusive() -> Story:
    """Fifteen pairs were not enough."""
    open_fix = best(
        Verdict.INCONCLUSIVE,
        gain={"latency": Estimate(0.1, -0.05, 0.24)},
        pairs=15,
        runs_to_decide=12,
        measured={"latency": Estimate(0.49, 0.41, 0.58, 15)},
    )
    return story(diagnosis(Verdict.INCONCLUSIVE, fixes=(open_fix,)))


def refuted() -> Story:
    """The best candidate misses the goal."""
    missed = best(
        Verdict.REFUTED,
        gain={"latency": Estimate(-0.06, -0.09, -0.04)},
        measured={"latency": Estimate(2.01, 1.9, 2.1, 8)},
    )
    return story(diagnosis(Verdict.REFUTED, fixes=(missed,)))


def nothing_known() -> Story:
    """A recorded device with one row per configuration, no graph, no runs, no environment: nulls with reasons."""
    alone = "one recorded row per configuration: the noise is unknown"
    value = {"latency": Estimate(0.253, reason=alone)}
    fix = best(
        Verdict.CONFIRMED,
        measured=value,
        gain={"latency": Estimate(0.867, reason=alone)},
        predicted={},
        pairs=0,
        probability_of_goal=None,
        potential=None,
        control=None,
    )
    told = diagnosis(
        Verdict.CONFIRMED,
        fault=Fault(BAD, {"latency": Estimate(1.9, reason=alone)}),
        fixes=(fix,),
        root_causes=(
            RootCause("batch", "batch == 1", ablation={"latency": Estimate(None, reason="a table cannot be ablated")}),
        ),
        paths=(),
        smallest_detectable_effect={"latency": None},
        with_consent=(),
        notes=(),
    )
    return Story(told, SPACE, ())


def several_objectives() -> Story:
    """Two minimised objectives at two context levels, and one maximised."""
    space = replace(SPACE, context=(Context("rows", Choice((1000, 10000), ordered=True)),))
    few, many = Configuration({"rows": 1000}), Configuration({"rows": 10000})
    goals = (
        Goal(LATENCY, 0.5, "slo", few),
        Goal(LATENCY, 3.5, "median", many),
        Goal(SIZE, 9e6, "p10"),
        Goal(THROUGHPUT, 3.0),
    )
    measured = {
        "latency@rows=1000": Estimate(0.253, 0.246, 0.261, 8),
        "latency@rows=10000": Estimate(2.8, 2.65, 2.95, 8),
        "size": Estimate(8.4e6, 8.39e6, 8.41e6, 8),
        "throughput": Estimate(3.9, 3.8, 4.0, 8),
    }
    before = {
        "latency@rows=1000": Estimate(1.9, 1.8, 2.0, 8),
        "latency@rows=10000": Estimate(20.0, 20.0, None, 8, "timed out"),
        "size": Estimate(8.4e6, 8.39e6, 8.41e6, 8),
        "throughput": Estimate(1.3, 1.2, 1.4, 8),
    }
    gain = {
        "latency@rows=1000": GAIN,
        "latency@rows=10000": Estimate(0.86, 0.85, None, reason="the fault timed out"),
        "size": Estimate(0.0, -0.001, 0.001),
        "throughput": Estimate(0.667, 0.63, 0.7),
    }
    told = diagnosis(
        objectives=(LATENCY, SIZE, THROUGHPUT),
        goals=goals,
        fault=Fault(BAD, before),
        fixes=(best(measured=measured, gain=gain),),
        pareto=(
            best(measured=measured, gain=gain),
            best(measured=before, gain={}, verdict=None, reason="not verified"),
        ),
        smallest_detectable_effect={"latency@rows=1000": 0.07, "size": None},
    )
    seen = (
        *runs(level=few, objectives=(LATENCY, SIZE, THROUGHPUT)),
        *runs(level=many, objectives=(LATENCY, SIZE, THROUGHPUT), seed=2),
    )
    return story(told, space=space, runs=seen)


EVERY = {
    "confirmed": story,
    "refuted": refuted,
    "inconclusive": inconclusive,
    "no_fault": no_fault,
    "no_effect": no_effect,
    "nothing_known": nothing_known,
    "several_objectives": several_objectives,
    "large_graph": large,
    "hundred_nodes": hundred,
    "imported": imported,
    "together": together,
}


def renamed(learned: CausalGraph, old: str, new: str) -> CausalGraph:
    """The same graph with another name for one node."""

    def name(node: str) -> str:
        return new if node == old else node

    return CausalGraph(
        PAG(tuple(map(name, learned.pag.nodes)), {(name(a), name(b)): m for (a, b), m in learned.pag.marks.items()}),
        ADMG(
            tuple(map(name, learned.admg.nodes)),
            frozenset((name(a), name(b)) for a, b in learned.admg.directed),
            frozenset(frozenset(map(name, pair)) for pair in learned.admg.bidirected),
        ),
        tuple(replace(edge, a=name(edge.a), b=name(edge.b)) for edge in learned.stability),
    )
