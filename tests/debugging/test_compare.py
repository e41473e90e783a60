"""Two studies of one system: what did not change is not said to have, what did is found, with its size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from cadet.causal.dataset import build
from cadet.causal.effects.mechanisms import table
from cadet.debugging.compare import compare, difference
from cadet.debugging.design import initial_design
from cadet.debugging.invariant import holm, overall_changes
from cadet.debugging.pooled import designed, pool
from cadet.errors import UsageError
from cadet.model.comparison import SCHEMA, Comparison, MechanismChange, Standing
from cadet.model.dataset import Dataset
from cadet.model.domain import Choice, Interval
from cadet.model.effect import Estimate
from cadet.model.measurement import Purpose, Run, Status
from cadet.model.objective import Objective
from cadet.model.option import Configuration, Context, Option
from cadet.model.space import Space

LATENCY = Objective("latency", "s")
SPACE = Space(
    (
        Option("journal", Choice(("delete", "wal", "off")), "delete"),
        Option("batch", Interval(1, 1024, integer=True, log=True), 1),
        Option("sync", Choice((0, 1, 2), ordered=True), 2),
        Option("mmap", Choice((False, True)), False),
        Option("idle", Choice((False, True)), False),
    )
)
UNCHANGED = {"flushes": 1.0, "latency": 1.0, "journal": 0.8, "noise": 0.1}
ROWS = 25


def measured(rng: np.random.Generator, world: Mapping[str, float] = UNCHANGED, rows: int = ROWS, repeats: int = 3,
             space: Space = SPACE, shared: float = 0.0) -> Dataset:  # fmt: skip
    """Runs of a random design in a world: journal, batch → flushes, mmap → faults, both → latency.

    shared: how much a hidden condition moves both events.
    """
    world = {**UNCHANGED, **world}
    design = initial_design(space, space.default, rows, rng, frozenset()).sample
    runs = [
        Run(c, Status.OK, observed(c, world, shared, rng), purpose=Purpose.DESIGN)
        for c in design
        for _ in range(repeats)
    ]
    return build(runs, space, [LATENCY])


def observed(c: Configuration, world: Mapping[str, float], shared: float, rng: np.random.Generator) -> dict[str, float]:
    noise = world["noise"] * rng.normal(size=3)
    hidden = shared * rng.normal()
    batch = np.log(float(c["batch"])) / np.log(1024)
    slow = world["journal"] * (c["journal"] == "delete")
    flushes = 100 * world["flushes"] * np.exp(slow - 1.5 * batch + noise[0] + hidden)
    faults = 1000 * np.exp(0.7 * bool(c["mmap"]) + noise[1] + hidden)
    latency = world["latency"] * (0.05 + 0.002 * flushes**1.2 + 0.0001 * faults) * np.exp(noise[2] / 2)
    return {"flushes": float(flushes), "faults": float(faults), "latency": float(latency)}


def compared(seed: int, world: Mapping[str, float], rows: int = ROWS, shared: float = 0.0) -> Comparison:
    rng = np.random.default_rng([2026, seed])
    first, second = measured(rng, rows=rows, shared=shared), measured(rng, world, rows, shared=shared)
    return compare(("old", "new"), first, second, [LATENCY], SPACE.default, rng)


def overall(seed: int, world: Mapping[str, float], rows: int = ROWS, shared: float = 0.0) -> MechanismChange:
    """The latency at equal options, of what `compared` does nothing else."""
    rng = np.random.default_rng([2026, seed])
    pooled = pool(*(designed(measured(rng, w, rows, shared=shared)) for w in (UNCHANGED, world)))
    assert pooled.exchangeable
    data = table(pooled.dataset)
    (found,) = overall_changes(data, ["latency"], SPACE.names, pooled.second(data), 0.05, rng, exchangeable=True)
    return found


def changed(comparison: Comparison) -> set[str]:
    return {m.node for m in comparison.mechanisms if m.changed}


@pytest.mark.slow
@pytest.mark.parametrize(("rows", "shared"), [(15, 0.0), (25, 0.0), (25, 0.3), (60, 0.0)])
def test_two_studies_of_one_world_differ_no_more_often_than_the_level(rows: int, shared: float) -> None:
    seeds = 100
    found = [compared(seed, UNCHANGED, rows, shared) for seed in range(seeds)]
    families = {
        "overall": sum(any(m.changed for m in c.overall) for c in found),
        "mechanisms": sum(bool(changed(c)) for c in found),
        "effects": sum(any(e.changed for e in c.effects) for c in found),
        "causes": sum(any(c.standing in (Standing.NEW, Standing.GONE) for c in k.causes) for k in found),
    }
    most = 0.05 * seeds + 3 * np.sqrt(0.05 * 0.95 * seeds)  # three standard errors of a family at its level
    assert max(families.values()) <= most, families


@pytest.mark.slow
@pytest.mark.parametrize(("rows", "shared"), [(25, 0.3), (60, 0.0)])
def test_an_objective_that_did_not_change_is_said_to_have_no_more_often_than_the_level(
    rows: int, shared: float
) -> None:
    seeds = 200
    wrong = sum(overall(seed, UNCHANGED, rows, shared).changed for seed in range(5000, 5000 + seeds))
    assert wrong <= 0.05 * seeds + 3 * np.sqrt(0.05 * 0.95 * seeds)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("world", "node", "factor"), [({"flushes": 1.5}, "flushes", 1.5), ({"latency": 1.3}, "latency", 1.3)]
)
def test_the_mechanism_that_changed_is_found_with_its_size(world: dict[str, float], node: str, factor: float) -> None:
    seeds = 40
    found = [compared(seed, world) for seed in range(seeds)]
    assert sum(node in changed(c) for c in found) >= 0.95 * seeds
    others = sum(bool(changed(c) - {node}) for c in found)
    assert others <= 0.05 * seeds + 3 * np.sqrt(0.05 * 0.95 * seeds)
    shifts = [next(m.shift for m in c.mechanisms if m.node == node) for c in found]
    covered = sum(s.low is not None and s.high is not None and s.low <= factor <= s.high for s in shifts)
    assert covered >= seeds * 0.95 - 3 * np.sqrt(seeds * 0.95 * 0.05)


def test_one_changed_mechanism_is_found_and_its_effects_downstream_are_not_blamed() -> None:
    found = compared(1, {"flushes": 2.0})
    assert changed(found) == {"flushes"}
    shift = next(m.shift for m in found.mechanisms if m.node == "flushes")
    assert shift.low is not None and shift.high is not None and shift.estimate is not None
    assert shift.low <= 2.0 <= shift.high
    assert shift.high / shift.low < 1.3
    (overall,) = found.overall
    assert overall.changed, "the latency at equal options rose, through the flushes"
    assert found.changed
    assert found.exit_code == 0


def test_what_an_objective_responds_to_otherwise_is_named() -> None:
    found = overall(2, {"journal": -0.8}, rows=50)
    assert found.changed and "journal" in found.responses


def test_labels_are_exchanged_only_between_studies_that_drew_from_the_same_values() -> None:
    rng = np.random.default_rng(9)
    fewer = replace(SPACE.by_name["journal"], domain=Choice(("delete", "wal")))
    other = Space(tuple(fewer if o.name == "journal" else o for o in SPACE.options))
    assert pool(measured(rng), measured(rng)).exchangeable
    assert not pool(measured(rng), measured(rng, space=other)).exchangeable
    assert not pool(measured(rng), replace(measured(rng), randomised=False)).exchangeable


def test_a_response_that_changed_is_named() -> None:
    found = compared(2, {"journal": -0.8}, rows=50)
    (flushes,) = (m for m in found.mechanisms if m.node == "flushes")
    assert flushes.changed
    assert "journal" in flushes.responses
    causes = {c.option: c.standing for c in found.causes}
    assert causes["journal"] is Standing.GONE
    assert any(e.changed for e in found.effects if e.option == "journal")


def test_more_noise_and_fewer_repetitions_are_no_change() -> None:
    wrong = 0
    for seed in range(10):
        rng = np.random.default_rng([5, seed])
        first, second = measured(rng, repeats=5), measured(rng, {"noise": 0.25}, repeats=2)
        wrong += bool(changed(compare(("a", "b"), first, second, [LATENCY], SPACE.default, rng)))
    assert wrong <= 2


def test_the_answer_does_not_depend_on_which_study_is_which() -> None:
    there, back = _both_ways(np.random.default_rng(8))
    for one, other in zip(there.mechanisms, back.mechanisms, strict=True):
        assert one.node == other.node
        assert one.shift.estimate is not None and other.shift.estimate is not None
        assert one.shift.estimate * other.shift.estimate == pytest.approx(1.0, rel=0.02)
    for effect, mirrored in zip(there.effects, back.effects, strict=True):
        assert effect.difference.estimate == pytest.approx(-(mirrored.difference.estimate or 0.0), rel=0.2, abs=0.02)


def _both_ways(rng: np.random.Generator) -> tuple[Comparison, Comparison]:
    first, second = measured(rng), measured(rng, {"flushes": 2.0})
    return tuple(compare(("a", "b"), *pair, [LATENCY], SPACE.default, np.random.default_rng(1))
                 for pair in ((first, second), (second, first)))  # type: ignore[return-value]  # fmt: skip


def test_only_what_both_have_is_compared_and_the_rest_is_said() -> None:
    rng = np.random.default_rng(3)
    more = Space((*SPACE.options[:-1], Option("pages", Choice((1, 2), ordered=True), 1),
                  replace(SPACE.by_name["idle"], domain=Choice((False, True, "maybe")))))  # fmt: skip
    fewer = Space(tuple(o for o in SPACE.options if o.name != "sync"))
    found = compare(("a", "b"), measured(rng, space=fewer), measured(rng, space=more), [LATENCY], more.default, rng)
    reasons = {out.column: out.reason for out in found.not_compared}
    assert "first study" in reasons["pages"]
    assert "first study" in reasons["sync"]
    assert {e.option for e in found.effects} == {"journal", "batch", "mmap", "idle"}
    assert "maybe" not in {e.alternative for e in found.effects}


def test_too_few_configurations_are_said_and_nothing_is_claimed() -> None:
    rng = np.random.default_rng(4)
    found = compare(("a", "b"), measured(rng, rows=6), measured(rng), [LATENCY], SPACE.default, rng)
    assert not found.possible
    assert found.exit_code == 4
    assert "with fewer than 8 in each nothing is compared" in found.notes[0]
    assert found.to_dict()["changed"] is None


def test_levels_of_one_study_alone_are_not_used() -> None:
    rng = np.random.default_rng(6)
    sides = [_with_rows(rng, levels) for levels in ((10, 100), (100, 1000))]
    found = compare(("a", "b"), *sides, [LATENCY], SPACE.default, rng)
    assert "10, 1000" in {out.column: out.reason for out in found.not_compared}["rows"]
    with pytest.raises(UsageError, match="no level of rows in common"):
        compare(("a", "b"), _with_rows(rng, (1, 2)), _with_rows(rng, (3, 4)), [LATENCY], SPACE.default, rng)


def _with_rows(rng: np.random.Generator, levels: tuple[int, ...]) -> Dataset:
    space = replace(SPACE, context=(Context("rows", Choice(levels, ordered=True)),))
    design = initial_design(space, space.default, ROWS, rng, frozenset()).sample
    runs = [Run(c, Status.OK, observed(c, UNCHANGED, 0.0, rng), level, Purpose.DESIGN)
            for c in design for level in space.levels()]  # fmt: skip
    return build(runs, space, [LATENCY])


def test_studies_of_different_systems_are_refused() -> None:
    rng = np.random.default_rng(7)
    other = Space((Option("threads", Choice((1, 2), ordered=True), 1), Option("spin", Choice((False, True)), False)))
    runs = [Run(c, Status.OK, {"latency": rng.random()}, purpose=Purpose.DESIGN)
            for c in initial_design(other, other.default, 4, rng, frozenset()).sample]  # fmt: skip
    with pytest.raises(UsageError, match="no option in common"):
        compare(("a", "b"), measured(rng), build(runs, other, [LATENCY]), [LATENCY], SPACE.default, rng)


def test_the_difference_of_two_estimates_follows_their_intervals() -> None:
    size, p_value = difference(Estimate(1.0, 0.0, 2.0), Estimate(4.0, 3.0, 5.0), 20)
    assert size.estimate == 3.0
    assert size.low == pytest.approx(3 - np.sqrt(2))
    assert size.high == pytest.approx(3 + np.sqrt(2))
    assert p_value is not None and p_value < 0.05
    assert difference(Estimate(1.0, 0.0, 2.0), Estimate(1.0, 0.0, 2.0), 20)[1] == 1.0
    assert difference(Estimate(None, reason="never varied"), Estimate(1.0, 0.0, 2.0), 20)[1] is None
    at_edge, edge = difference(Estimate(0.0, 0.0, 0.0), Estimate(2.0, 0.0, 3.0), 20)
    assert at_edge.low == 0.0
    assert edge == pytest.approx(0.05)


def test_p_values_are_adjusted_as_holm_does() -> None:
    assert holm([0.01, None, 0.04, 0.03]) == [pytest.approx(0.03), None, pytest.approx(0.06), pytest.approx(0.06)]
    assert holm([0.9, 0.8]) == [1.0, 1.0]


def test_the_document_names_its_schema_and_is_a_table() -> None:
    found = compared(3, UNCHANGED)
    document = found.to_dict()
    assert document["schema"] == SCHEMA
    assert set(found.to_frame()["kind"]) == {"mechanism", "effect"}
    assert "<table" in found._repr_html_()
