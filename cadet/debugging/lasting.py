"""Does a fix keep what it showed in its pairs, over everything that was run of it?

Pairs are over in seconds or minutes. A device that changes slowly (it warms up, its neighbours come and go) is in one
state then, and in another while the changes are taken back, where the fix runs beside every ablation. These runs are
there anyway: the claim that the fix meets the goals has to hold for all of them together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cadet.debugging.minimise import Minimal
from cadet.debugging.notebook import Notebook
from cadet.debugging.pairs import Pairs
from cadet.debugging.sequential import ALPHA, undivided
from cadet.debugging.verify import Trial
from cadet.model.diagnosis import Verdict
from cadet.model.measurement import Purpose, Run
from cadet.model.objective import Goal


def lasting(notebook: Notebook, trials: list[Trial], found: Minimal) -> Minimal | None:
    """Return the fix where it is still confirmed, else the smallest of those that it replaced which is; None: none is.

    What is not confirmed any more is written into `trials`.
    """
    for n, candidate in enumerate((found.trial, *reversed(found.replaced))):
        seen = throughout(notebook, candidate)
        if seen.verdict is Verdict.CONFIRMED:
            return found if n == 0 else Minimal(seen, {}, frozenset(), found.replaced[:-n], found.failed)
        trials[next(i for i, trial in enumerate(trials) if trial is candidate)] = seen
    return None


def throughout(notebook: Notebook, trial: Trial) -> Trial:
    """Return the trial with all runs of its fix that were made beside others, where there are more than its own."""
    goals = [pairs.goal for pairs in trial.comparison.goals]
    runs = {goal.level: _beside_others(notebook, trial, goal) for goal in goals}
    if notebook.noiseless or all(len(seen) <= trial.comparison.pairs for seen in runs.values()):
        return trial
    return replace(trial, throughout=tuple(_together(goal, runs[goal.level]) for goal in goals))


def _beside_others(notebook: Notebook, trial: Trial, goal: Goal) -> list[Run]:
    """Return the runs of the fix in pairs and ablations at a goal's level, in time order."""
    return [run for run in notebook.runs if run.configuration == trial.fix and run.level == goal.level
            and run.purpose in (Purpose.PAIR, Purpose.ABLATION)]  # fmt: skip


def _together(goal: Goal, runs: Sequence[Run]) -> Pairs:
    return Pairs(goal, [(run, run) for run in runs], undivided(ALPHA, [len(runs)]))  # looked at once
