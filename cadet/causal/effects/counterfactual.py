"""What would have happened: abduction, action, prediction (Pearl 2009, 7.1) for one fault.

Abduction: the fault's own events and objective fix its residuals. It was noticed because it was bad, so a part of each
residual is transient; repetitions tell how much, and only the lasting part is carried over. Action: the changed options
are set. Prediction: the events they reach are computed anew, all others keep their lasting part. Everything is
repeated over resampled configurations, so that the answer carries what the mechanisms do not know.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cadet.causal.effects.axis import Array
from cadet.causal.effects.mechanisms import Mechanism, Predictor, Rows
from cadet.causal.effects.structure import Structure, changed_settings, settings_of, structure
from cadet.causal.effects.surface import Surface
from cadet.errors import UsageError
from cadet.model.dataset import Dataset
from cadet.model.effect import Estimate
from cadet.model.graph import CausalGraph
from cadet.model.objective import Goal
from cadet.model.option import Configuration
from cadet.model.tabular import Tabular

_RESAMPLES = 40
_NOISE_DRAWS = 30  # of what repetitions leave open, for every resample
_KEPT = 0.6  # share of a lasting residual that survives the change of one parent; chosen on worlds with known truth
_TAILS = (0.025, 0.975)
_STRETCH = 1.4  # of the draws about their median: unstretched, their 95 % intervals held the truth in 90-92 %


@dataclass(frozen=True)
class Counterfactual(Tabular):
    """What `configuration` would have done in place of the fault.

    predicted: the lasting objective per goal label. potential: P(every goal is met | the change is made, the fault's
    outcome was seen, everything else the same). control: P(a goal is missed | no change, everything else the same, the
    outcome itself not given). through_events: by goal label, whether the graph's events carried the prediction (else
    the options alone predict better).
    """

    configuration: Configuration
    predicted: Mapping[str, Estimate]
    potential: float | None
    control: float | None
    through_events: Mapping[str, bool]
    notes: tuple[str, ...] = ()

    @property
    def probability_of_goal(self) -> float | None:
        """The probability that every goal is met: the potential, under the name the fixes are ranked by."""
        return self.potential

    def rows(self) -> list[dict[str, object]]:
        """Return one row per goal: what its objective would have been, with its interval."""
        chances = {"potential": self.potential, "control": self.control}
        return [{"goal": label, "estimate": e.estimate, "low": e.low, "high": e.high, **chances}
                for label, e in self.predicted.items()]  # fmt: skip

    def to_dict(self) -> dict[str, object]:
        """Return the fields as plain data."""
        predicted = {label: estimate.to_dict() for label, estimate in self.predicted.items()}
        return {
            "configuration": dict(self.configuration),
            "predicted": predicted,
            "potential": self.potential,
            "control": self.control,
            "through_events": dict(self.through_events),
            "notes": list(self.notes),
        }


@dataclass(frozen=True)
class _Draws:
    """Draws of the lasting objective after the change, and of the fault's own when its outcome is not given."""

    changed: Array
    unchanged: Array


def structures(
    dataset: Dataset, graph: CausalGraph, objectives: Sequence[str], rng: np.random.Generator
) -> dict[str, Structure]:
    """Return the structural model of each objective: what is slow, once for many counterfactuals."""
    return {name: structure(dataset, graph.admg, name, rng) for name in sorted(set(objectives))}


def counterfactual(
    dataset: Dataset,
    graph: CausalGraph,
    fault: Configuration,
    configuration: Configuration,
    goals: Sequence[Goal],
    rng: np.random.Generator,
    *,
    models: Mapping[str, Structure] | None = None,
) -> Counterfactual:
    """Predict `configuration` for the system as it was in `fault`.

    models: from `structures`, when several configurations are asked for. Raises UsageError without a goal.
    """
    if not goals:
        raise UsageError("a counterfactual needs at least one goal")
    models = models or structures(dataset, graph, [goal.objective.name for goal in goals], rng)
    draws = {goal.label: _draws(models[goal.objective.name], fault, configuration, goal, rng) for goal in goals}
    met = [_meets(goal, draws[goal.label].changed) for goal in goals]
    met_before = [_meets(goal, draws[goal.label].unchanged) for goal in goals]
    unseen = [g.label for g in goals if models[g.objective.name].data.where({**fault, **g.level}) is None]
    return Counterfactual(
        configuration=configuration,
        predicted={label: _estimate(d.changed) for label, d in draws.items()},
        potential=float(np.mean(np.all(met, axis=0))),
        control=1 - float(np.mean(np.all(met_before, axis=0))),
        through_events={goal.label: models[goal.objective.name].through_events for goal in goals},
        notes=tuple(f"the fault was not measured for {label}: nothing of it is carried over" for label in unseen),
    )


def _meets(goal: Goal, values: Array) -> npt.NDArray[np.bool_]:
    return values <= goal.threshold if goal.objective.direction == "min" else values >= goal.threshold


def _estimate(draws: Array) -> Estimate:
    low, high = np.quantile(draws, _TAILS)
    return Estimate(float(np.median(draws)), float(low), float(high))


def _draws(
    model: Structure, fault: Configuration, configuration: Configuration, goal: Goal, rng: np.random.Generator
) -> _Draws:
    data = model.data
    before, after = settings_of(data, {**fault, **goal.level}), settings_of(data, {**configuration, **goal.level})
    row = data.where(before)
    others = np.array([i for i in range(len(data.frame)) if i != row], dtype=np.int64)
    around = [{m.node: m.around(data, others) for m in s.mechanisms} for s in (model, model.rival) if s is not None]
    draws = []
    for _ in range(_RESAMPLES):
        chosen = model.chosen(rng)
        surfaces = around[0] if chosen is model else around[1]
        draws.append(_resampled(chosen, _bootstrap(data.configuration, others, rng), surfaces, row, before, after, rng))
    scale = np.exp if model.objective in data.logarithmic else np.asarray
    return _Draws(
        scale(_stretched(np.concatenate([d.changed for d in draws]))),
        scale(np.concatenate([d.unchanged for d in draws])),
    )


def _stretched(draws: Array) -> Array:
    """Widen the draws by what the resamples do not know; chosen on development worlds, see decision 0005."""
    middle = np.median(draws)
    return np.asarray(middle + _STRETCH * (draws - middle))


def _bootstrap(configuration: Rows, rows: Rows, rng: np.random.Generator) -> Rows:
    """Resample configurations; the rows of one configuration stay together."""
    labels = np.unique(configuration[rows])
    drawn = rng.choice(labels, len(labels))
    return np.concatenate([rows[configuration[rows] == label] for label in drawn])


def _resampled(
    model: Structure, sample: Rows, around: Mapping[str, Surface | None], row: int | None,
    before: Mapping[str, object], after: Mapping[str, object], rng: np.random.Generator,
) -> _Draws:  # fmt: skip
    """One resample: refit, abduct, act, predict; all on the scale of the mechanisms."""
    fitted = model.refit(sample)
    changed = set(changed_settings(before, after))
    moved = model.affected(changed)
    was: dict[str, Array] = {name: np.full(_NOISE_DRAWS, value) for name, value in _numbers(model, before).items()}
    now: dict[str, Array] = {name: np.full(_NOISE_DRAWS, value) for name, value in _numbers(model, after).items()}
    unchanged = np.zeros(_NOISE_DRAWS)
    for m in model.mechanisms:
        unchanged = _at(model, fitted, m, was)
        lasting = _lasting(model, m, row, unchanged, rng)
        known = model.data.values(m.node)[row] if row is not None and m.node != model.objective else np.nan
        places = model.data.axes[m.node].place if m.node in model.data.axes else np.asarray
        observed = np.full(_NOISE_DRAWS, known) if np.isfinite(known) else unchanged + lasting
        disturbed = len((changed | moved) & set(m.parents))
        # what an event owes to luck in the fault's runs does not last, so it is not what the next runs would see
        value = unchanged + lasting
        if m.node in moved:
            carried = _carried(m, around[m.node], lasting, disturbed, _inputs(m, was), _inputs(m, now), rng)
            value = _at(model, fitted, m, now) + carried
        was[m.node], now[m.node] = places(observed), places(value)
    return _Draws(np.asarray(value), unchanged + model.mechanisms[-1].errors(_NOISE_DRAWS, rng))


def _numbers(model: Structure, settings: Mapping[str, object]) -> dict[str, float]:
    return {name: float(model.data.axes[name].place([value])[0]) for name, value in settings.items()}


def _at(model: Structure, fitted: Mapping[str, Predictor], m: Mechanism, places: Mapping[str, Array]) -> Array:
    return fitted[m.node](_inputs(m, places))


def _inputs(m: Mechanism, places: Mapping[str, Array]) -> Array:
    columns = [places[parent] for parent in m.parents]
    return np.column_stack(columns) if columns else np.empty((_NOISE_DRAWS, 0))


def _lasting(model: Structure, m: Mechanism, row: int | None, predicted: Array, rng: np.random.Generator) -> Array:
    """Draw the lasting part of the fault's residual given the residual: its share, and what is left open.

    The residual is model error (lasting) plus the noise of the mean over the repetitions (transient); both normal.
    Without any repetition the share is unknown: anything from nothing to all of it.
    """
    observed = model.data.values(m.node)[row] if row is not None else np.nan
    deviate = rng.standard_normal(_NOISE_DRAWS)
    if row is None or not np.isfinite(observed):
        return np.asarray(np.sqrt(m.error) * deviate)
    variance = model.data.transient(m.node, m.parents)
    if variance is None:
        share: Array = rng.random(_NOISE_DRAWS)
        return np.asarray(share * (observed - predicted) + np.sqrt(share * (1 - share) * m.error) * deviate)
    transient = variance / model.data.repetitions[row]
    systematic = max(m.error - variance / float(np.mean(model.data.repetitions)), 0.0)
    portion = systematic / (systematic + transient) if systematic + transient > 0 else 1.0
    return np.asarray(portion * (observed - predicted) + np.sqrt(portion * transient) * deviate)


def _carried(
    m: Mechanism, around: Surface | None, lasting: Array, disturbed: int, before: Array, after: Array,
    rng: np.random.Generator,
) -> Array:  # fmt: skip
    """Carry a lasting residual over to other values of the parents: what the two have in common, and new error.

    A surface knows both, and where it is less sure than usual; for other forms they are the same everywhere.
    """
    if around is None:
        kept: Array = np.full(len(lasting), _KEPT**disturbed)
        rest: Array = 1 - kept**2
    else:
        kept, rest = around.shared(before, after)
    return np.asarray(kept * lasting + np.sqrt(rest) * m.errors(len(lasting), rng))
