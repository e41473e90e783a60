"""What to change and what it costs: complete, reversible, and nothing that was not measured."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace

import numpy as np

from cadet.model.instruction import Instruction
from cadet.model.measurement import Purpose
from cadet.report import change, costs, plain
from tests.report import stories


def test_the_difference_holds_every_option_and_reads_as_toml() -> None:
    story = stories.story()
    lines = change.difference(story, stories.best())
    before = {line.text for line in lines if line.sign in " -"}
    after = {line.text for line in lines if line.sign in " +"}
    for texts, configuration in ((before, stories.BAD), (after, stories.GOOD)):
        assert texts == {change.spelled(name, value) for name, value in configuration.items()}
    assert sum(line.sign != " " for line in lines) == 4


def test_scripts_are_valid_shell_and_undo_runs_backwards() -> None:
    steps = [Instruction((str(i),), "way", f"echo do {i}", f"echo undo {i}") for i in range(3)]
    for script, said in (
        (change.script(steps), "do 0\ndo 1\ndo 2\n"),
        (change.undo(steps), "undo 2\nundo 1\nundo 0\n"),
    ):
        assert subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True).stdout == said


def test_a_note_with_line_breaks_stays_a_comment() -> None:
    script = change.script([Instruction(("a\nrm -rf x",), "way\nx", "true", note="b\nc")])
    assert script.splitlines()[1:] == ["true"] and script.startswith("# a rm -rf x (way x): b c")


def test_side_effects_come_from_the_pairs_alone() -> None:
    story, rng = stories.story(), np.random.default_rng(4)

    def cpu(run: object) -> float:
        return (2.0 if run.configuration == stories.GOOD else 1.0) * float(np.exp(rng.normal(0, 0.02)))  # type: ignore[attr-defined]

    runs = tuple(
        replace(r, values={**r.values, "cpu": cpu(r) if r.purpose is Purpose.PAIR else 99.0}) for r in story.runs
    )
    (effect,) = costs.side_effects(replace(story, runs=runs), stories.best())
    assert effect.objective.name == "cpu" and effect.change.repetitions == 8
    assert effect.change.low is not None and effect.change.high is not None
    assert effect.change.low < 1.0 < effect.change.high and effect.change.high - effect.change.low < 0.2
    assert "% more" in str(effect) and "may be no difference" not in str(effect)


def test_what_others_feel_and_what_is_given_up_is_said_first() -> None:
    fix = replace(
        stories.best(consent=frozenset({"durability"})),
        changes=stories.SPACE.changes(stories.BAD, stories.SPACE.change(stories.GOOD, {"vm.dirty_ratio": 60})),
    )
    told = costs.costs(stories.story(), fix)
    assert "gives up durability" in told[0] and "vm.dirty_ratio is felt by everything else" in told[1]
    assert not any("gives up nothing" in line for line in told)


def test_contended_runs_among_those_that_decided_are_counted() -> None:
    assert any("1 of the 16 runs" in line for line in costs.costs(stories.story(), stories.best()))


def test_nobody_needs_statistics_for_the_verdict() -> None:
    told = {name: plain.plain(make().diagnosis) for name, make in stories.EVERY.items()}
    assert told["confirmed"] == (
        "Changing two settings cuts latency from 1.90 s to 0.253 s, and the goal is met, shown in 8 side-by-side runs."
    )
    assert "raises throughput" in told["several_objectives"] and "leaves size" in told["several_objectives"]
    assert told["refuted"].startswith("No change that was tested fixes it") and "2.01 s" in told["refuted"]
    assert "still open" in told["inconclusive"] and "12 more" in told["inconclusive"]
    assert "which no run has confirmed yet" in told["imported"]
    assert all(said.endswith(".") and "interval" not in said and "None" not in said for said in told.values())


def test_values_are_spelled_so_that_they_read_back() -> None:
    assert json.loads(change.spelled("a", 'x"y').partition(" = ")[2]) == 'x"y'
    assert change.spelled("a", False) == "a = false"
