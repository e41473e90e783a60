"""Does a fix keep what it showed in its pairs, over everything that was run of it?

Pairs are over in seconds or minutes. A device that changes slowly (it warms up, its neighbours come and go) is in one
state then, and in another while the changes are taken back, where the fix runs beside every ablation. These runs are
there anyway: the claim that the fix meets the goals has to hold for all of them together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from cadet.debugging.minimise import Minimal
from cadet.debugging.neighbourhood import Search
from cadet.debugging.notebook import Notebook
from cadet.debugging.pairs import Pairs
from cadet.debugging.sequential import ALPHA, SCREEN, undivided
from cadet.debugging.verify import Trial, latest
from cadet.model.diagnosis import Verdict
from cadet.model.measurement import Purpose, Run
from cadet.model.objective import Goal
from cadet.model.option import Configuration


@dataclass(frozen=True)
class Lasting:
    """What is needed to find a fix that lasts.

    trials: what was verified so far; what did not last is taken back there. again: verifies a fix in new pairs and adds
    the trial. search: the neighbourhood of the fault. told: is told what was taken back.
    """

    notebook: Notebook
    trials: list[Trial]
    again: Callable[[Configuration], Trial]
    search: Search
    told: Callable[[str], None]

    def proven(self, trial: Trial, minimised: Callable[[Trial], Minimal]) -> Minimal | None:
        """Return a confirmed fix, made as small as possible, that lasts; None where none does.

        After one that does not, the smallest of the others is tried again: its pairs were made before that was seen.
        """
        confirmed: Trial | None = trial
        while confirmed:
            found = minimised(confirmed)
            self._judge_by_all_runs()
            if throughout(self.notebook, found.trial).verdict is Verdict.CONFIRMED:
                return found
            self.told(f"{self.search.in_words(found.trial.fix)}: confirmed, and missed in later runs")
            confirmed = self._confirmed_again()
        return None

    def _judge_by_all_runs(self) -> None:
        """Take back what does not last, and leave the rest as it is."""
        for i, trial in enumerate(self.trials):
            judged = throughout(self.notebook, trial)
            if trial.verdict is Verdict.CONFIRMED and judged.unkept:
                self.trials[i] = judged

    def _confirmed_again(self) -> Trial | None:
        """Return the smallest confirmed fix that is confirmed once more, and by all its runs."""
        while confirmed := [t.fix for t in latest(self.trials) if t.verdict is Verdict.CONFIRMED]:
            self.again(min(confirmed, key=lambda fix: (self.search.distance(fix), fix.key)))
            self._judge_by_all_runs()
            if self.trials[-1].verdict is Verdict.CONFIRMED:
                return self.trials[-1]
        return None


def throughout(notebook: Notebook, trial: Trial) -> Trial:
    """Return the trial with all runs of its fix beside others in this session, where there are more than its own."""
    goals = [pairs.goal for pairs in trial.comparison.goals]
    every = [_beside_others(notebook, trial, goal) for goal in goals]
    own = [[pair[1] for pair in pairs.runs] for pairs in trial.comparison.goals]
    apart = [[run for run in runs if run not in mine] for runs, mine in zip(every, own, strict=True)]
    if notebook.noiseless or not all(len(runs) >= SCREEN for runs in apart):
        return trial
    return replace(trial, throughout=_together(goals, every), apart=_together(goals, apart))


def _beside_others(notebook: Notebook, trial: Trial, goal: Goal) -> list[Run]:
    """Return the runs of the fix in pairs and ablations at a goal's level, in time order."""
    return [run for run in notebook.runs[notebook.before :] if run.configuration == trial.fix
            and run.level == goal.level and run.purpose in (Purpose.PAIR, Purpose.ABLATION)]  # fmt: skip


def _together(goals: Sequence[Goal], runs: Sequence[Sequence[Run]]) -> tuple[Pairs, ...]:
    """Return each goal with the runs that it is judged by, each beside itself; looked at once."""
    return tuple(Pairs(goal, [(run, run) for run in mine], undivided(ALPHA, [len(mine)]))
                 for goal, mine in zip(goals, runs, strict=True))  # fmt: skip
