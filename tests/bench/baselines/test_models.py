"""What is predicted, what is important, and what is measured next."""

from __future__ import annotations

from importlib import import_module

import numpy as np
import pytest

from cadet.bench.baselines import one_factor, unicorn
from cadet.bench.baselines.modelled import find_with
from cadet.bench.baselines.options import expected, features, likeness, promising_values
from cadet.bench.baselines.trees import forest, permutation_importance, tree
from cadet.bench.baselines.tuned import extra
from cadet.bench.baselines.unicorn import best_change, effect, p_ace
from cadet.errors import CapabilityMissing
from cadet.model.domain import Choice, Interval
from cadet.model.option import Option
from cadet.model.space import Space
from cadet.testing.laboratory import FunctionLaboratory
from tests.bench.baselines.sessions import exact, explored, only, question
from tests.debugging.systems import mixed, switches, turn_on

LETTERS = Option("letter", Choice(("a", "b", "c")), "a")
SIZES = Option("size", Interval(0.0, 1.0), 0.0)


def test_the_mean_of_a_value_is_shrunk_by_one_row_of_the_overall_mean():
    results = np.array([1.0, 3.0, 8.0])
    assert expected(LETTERS, "a", ["a", "a", "b"], results) == pytest.approx((1 + 3 + 4) / 3)
    assert expected(LETTERS, "c", ["a", "a", "b"], results) == 4.0


def test_neighbouring_numbers_speak_for_each_other_and_categories_do_not():
    assert list(likeness(LETTERS, "a", ["a", "b"])) == [1.0, 0.0]
    near, far = likeness(SIZES, 0.5, [0.6, 0.9])
    assert 1.0 > near > far > 0.0


def test_what_did_well_comes_first_and_the_value_of_the_fault_never():
    space = Space((LETTERS,))
    measured = [space.configuration({"letter": letter}) for letter in "bc"]
    exploration = only(
        exact(space, lambda c: {"a": 3.0, "b": 2.0, "c": 1.5}[c["letter"]]), question(space, 1), measured
    )
    assert promising_values(exploration, "letter") == ["c", "b"]


def test_categories_become_indicators_and_orders_places():
    places, owners = features(mixed(), mixed().default, [mixed().configuration({"journal": "wal", "batch": 1024})])
    assert owners == ["journal"] * 3 + ["checkpoint", "batch", "mmap", "sync"]
    assert places.tolist() == [[0, 1, 0, 0.5, 1, 0, 0]]


class FirstColumn:
    """A model that looks at the first column only."""

    importance = np.zeros(2)

    def predict(self, places):
        return places[:, 0], np.zeros(len(places))


def test_permutation_importance_by_hand():
    """Shuffling a column costs twice its variance where it is the prediction, and nothing where it is not looked at."""
    rng = np.random.default_rng(0)
    places = rng.normal(size=(20_000, 2))
    first, second = permutation_importance(FirstColumn(), places, places[:, 0], rng)
    assert first == pytest.approx(2 * places[:, 0].var(), rel=0.05)
    assert second == 0.0


@pytest.mark.parametrize("fit", [tree, forest])
def test_a_model_says_what_it_was_told_and_which_column_matters(fit):
    rng = np.random.default_rng(1)
    places = rng.integers(0, 2, (60, 6)).astype(float)
    model = fit(places, np.where(places[:, 2] > 0, -1.0, 1.0), rng)
    predicted, sure = model.predict(places)
    assert ((predicted <= 0) == (places[:, 2] > 0)).all()
    assert ((sure >= 0.5) == (places[:, 2] > 0)).all()
    assert int(np.argmax(model.importance)) == 2


@pytest.mark.parametrize("fit", [tree, forest])
def test_two_causes_are_found_by_a_model_of_the_first_measurements(fit):
    space = switches(10)
    exploration = explored(
        exact(space, lambda c: 1.0 + 0.5 * (not c["o2"]) + 0.5 * (not c["o7"])), question(space, 1.3)
    )
    finding = find_with(fit, exploration, np.random.default_rng(0))
    assert finding.candidates[0] == turn_on(space, "o2", "o7")
    assert all(0 <= p <= 1 for p, _ in exploration.promises)


def test_one_factor_at_a_time_ends_with_the_first_that_does():
    space = switches(10)
    exploration = explored(exact(space, lambda c: 1.0 if c["o4"] else 2.0), question(space, 1.3))
    before = exploration.notebook.spent
    assert one_factor.find(exploration, np.random.default_rng(0)).candidates[0] == turn_on(space, "o4")
    assert exploration.notebook.spent - before <= 10


def test_one_factor_at_a_time_puts_together_what_helped():
    space = switches(10)
    exploration = explored(
        exact(space, lambda c: 1.0 + 0.5 * (not c["o2"]) + 0.5 * (not c["o7"])), question(space, 1.3)
    )
    assert one_factor.find(exploration, np.random.default_rng(0)).candidates[0] == turn_on(space, "o2", "o7")


def test_the_score_of_a_path_by_hand():
    """Two values, four rows each: means 0 and 1 shrunk by a row of the mean, 0.1 and 0.9; 0.8 in deviations of 0.5."""
    columns = {"o0": [False] * 4 + [True] * 4, "latency": [0.0] * 4 + [1.0] * 4}
    options = switches(1).by_name
    assert p_ace(options, columns, ("o0", "latency")) == pytest.approx(0.8 / 0.5)
    assert p_ace(options, {**columns, "event": [1.0] * 8}, ("o0", "event", "latency")) == 0.0


def test_the_treatment_effect_is_the_gain_in_the_share_that_meets_the_goals():
    """Two of three rows with b meet the goals, none with a; both shares shrunk by a row of the overall 2/6."""
    shortfall = np.array([1.0, 1.0, 1.0, -1.0, -1.0, 1.0])
    gain, saved = effect(LETTERS, "a", "b", list("aaabbb"), shortfall)
    assert gain == pytest.approx((2 + 1 / 3) / 4 - (1 / 3) / 4)
    assert saved > 0


def test_the_loop_changes_an_option_on_a_path_first():
    space = switches(6)
    exploration = explored(exact(space, lambda c: 1.0 if c["o4"] else 2.0), question(space, 1.3))
    assert best_change(exploration, space.default, [("o1", "latency")]) == ("o1", True)
    assert best_change(exploration, space.default, []) == ("o4", True)


def test_the_published_loop_finds_a_cause_behind_an_event_and_tells_the_path():
    def respond(values, rng):
        queue = float(np.exp(1.5 * (not values["o3"]) + rng.normal(0, 0.1)))
        return {"queue": queue, "latency": queue * float(np.exp(rng.normal(0, 0.02)))}

    laboratory = FunctionLaboratory(switches(8), respond, np.random.default_rng(1), repeats=2)
    finding = unicorn.find(explored(laboratory, question(laboratory.space, 2.0)), np.random.default_rng(0))
    assert finding.candidates[0] == turn_on(laboratory.space, "o3")
    assert finding.paths[0] == ("o3", "queue", "latency")


def test_a_tuner_that_is_not_installed_says_how_to_get_it():
    with pytest.raises(CapabilityMissing, match=r"cadet\[bench\]"):
        extra("a_tuner_that_nobody_wrote")


@pytest.mark.parametrize("module", ["tpe", pytest.param("smac", marks=pytest.mark.slow)])
def test_a_tuner_comes_close_to_the_best_of_a_valley(module):
    """The random sample is told first; what is proposed after it is better than the best of it."""
    name = {"tpe": "optuna", "smac": "smac"}[module]
    pytest.importorskip(name)
    space = Space((Option("x", Interval(0.0, 1.0), 0.0), Option("y", Interval(0.0, 1.0), 0.0)))
    laboratory = exact(space, lambda c: 1.0 + 10 * ((c["x"] - 0.3) ** 2 + (c["y"] - 0.8) ** 2))
    exploration = explored(laboratory, question(space, 1.001, budget=45))
    before = min(map(exploration.shortfall, exploration.initial))
    finding = import_module(f"cadet.bench.baselines.{module}").find(exploration, np.random.default_rng(0))
    assert exploration.left == 0
    assert exploration.shortfall(finding.candidates[0]) < before
