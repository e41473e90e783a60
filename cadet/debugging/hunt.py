"""The search for a fix: propose and measure while it pays, verify the best, minimise what is confirmed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from cadet.debugging.belief import Belief, cold, learn
from cadet.debugging.bystanders import bystanders
from cadet.debugging.detect import meets, missed
from cadet.debugging.doubt import Doubts
from cadet.debugging.earlier import Source
from cadet.debugging.encoding import Encoding
from cadet.debugging.lasting import Lasting
from cadet.debugging.minimise import Minimal, Minimiser, minimise
from cadet.debugging.neighbourhood import Search
from cadet.debugging.next_run import NextRun
from cadet.debugging.notebook import Notebook
from cadet.debugging.propose import Proposal
from cadet.debugging.question import Question
from cadet.debugging.second_look import most_pairs, undecided
from cadet.debugging.shortlist import IN_VAIN, Shortlist
from cadet.debugging.surprise import Record
from cadet.debugging.verify import Trial, gone_on_with, verify
from cadet.debugging.warm import support, warm
from cadet.model.diagnosis import Estimates, Reuse, Verdict
from cadet.model.measurement import Purpose
from cadet.model.objective import Goal
from cadet.model.option import Configuration
from cadet.protocols import Progress

TRIALS = 5  # candidates that are verified at most; each may spend less error than the one before
PATIENCE = 6  # proposals measured on the word of another study before there is a design
_ALONE = 2  # of these in vain before a row of the design is measured between every two


@dataclass
class Hunt:
    """The search for a fix: what is known, what was tried.

    source: the model of another study, while it is believed. ahead: whether the search began before a design was
    measured, on the word of the source alone; rows: the random configurations of that design.
    """

    notebook: Notebook
    question: Question
    goals: tuple[Goal, ...]
    told: Progress
    source: Source | None = None
    ahead: bool = False
    rows: tuple[Configuration, ...] = ()
    reuse: Reuse | None = None
    promises: dict[Configuration, tuple[Estimates, float]] = field(default_factory=dict)
    records: dict[str, Record] = field(default_factory=dict)
    trials: list[Trial] = field(default_factory=list)
    belief: Belief | None = None

    def __post_init__(self) -> None:
        space, fault = self.notebook.space, self.question.fault
        self.encoding = Encoding(space, fault)
        self.search = Search(space, fault, self.question.accepted | space.given_up(fault))
        self.others = bystanders(self.question.others, self.notebook, fault)
        self.doubts = Doubts(self.notebook, self.goals)
        self.shortlist = Shortlist(self.notebook, self.search, self.goals, self.others, self.trials)
        self.next = NextRun(self.notebook, self.search, self.shortlist, self.question.budget)
        self.missed = frozenset(g.label for g in missed(self.goals, self.notebook.of(fault)))

    def run(self) -> Minimal | None:
        """Propose and measure until nothing smaller is worth it, verify the best, minimise it; None when all fail.

        A search that began without a design also ends, with None, when it has nothing to go on.
        """
        found = self._searched()
        if found is None and (self.ahead or any(trial.fault_is_fine for trial in self.trials)):
            return None
        for _ in range(IN_VAIN):
            trial = undecided(self.trials, self.search, found.trial.fix if found else None)
            if trial is None:
                break
            if self._gone_on_with(trial, found).verdict is Verdict.CONFIRMED:
                found = self._lasting.proven(self.trials[-1], partial(self._minimised, self.believe()))
        return found

    def _searched(self) -> Minimal | None:
        while len(self.trials) < TRIALS:
            belief = self.believe()
            incumbent = self.shortlist.incumbent(belief)
            if self.ahead and (self.source is None or (not incumbent and len(self.promises) >= PATIENCE)):
                return None
            if self.ahead and self._misled():
                if not self._measure_row():
                    return None
                continue
            better = self.doubts.better_than_believed(belief, self.shortlist.untried())
            if better:
                self.told("search", self.notebook.spent, self.question.budget, "better than believed: run again")
                self.doubts.look_again(better)
                continue
            likeliest = self.ahead and incumbent is None
            proposal = self.next.proposal(belief, incumbent, likeliest=likeliest) or self.next.kinder(belief, incumbent)
            if proposal:
                self._try(proposal, incumbent, belief)
                continue
            candidate = incumbent or self.shortlist.last_hope(belief)
            if candidate is None:
                return None
            trial = self.verify(candidate)
            if trial.fault_is_fine:
                return None
            if trial.verdict is Verdict.CONFIRMED:
                found = self._lasting.proven(trial, partial(self._minimised, belief))
                if found:
                    return found
        return None

    def smallest_known(self, trial: Trial) -> Trial:
        """Return a confirmed trial, or that of something smaller that was measured already and is confirmed too."""
        in_vain = 0
        while in_vain < IN_VAIN and (smaller := self.shortlist.smaller(self.believe(), trial.fix)):
            other = self.verify(smaller)
            if other.verdict is Verdict.CONFIRMED:
                trial = other
            else:
                in_vain += 1
        return trial

    def _misled(self) -> bool:
        """Tell whether it is a row's turn: what the source proposed met no goal yet, and the rows have fallen behind.

        A row needs no word of anybody, and is wanted anyway where the source has to be given up.
        """
        behind = self.notebook.sampled <= len(self.promises) - _ALONE
        return behind and not any(meets(self.goals, self.notebook.of(c)) for c in self.shortlist.untried())

    def _measure_row(self) -> bool:
        """Measure the next row of the design, if one is left that the budget allows."""
        known = self.notebook.known()
        row = next((c for c in self.rows if c not in known), None)
        if row is None or self.notebook.spent >= self.question.budget:
            return False
        self.told("search", self.notebook.spent, self.question.budget, "no fix yet: a row of the design")
        before = self.notebook.spent
        self.notebook.measure([row], Purpose.DESIGN)
        self.notebook.initial += self.notebook.spent - before
        return True

    def believe(self) -> Belief:
        """Learn from everything measured so far, and drop a source that predicts it worse than no source."""
        self.belief = belief = self._learned()
        if self.source is not None:
            better = support(belief)
            trusted = better is None or better >= 0
            reason = "" if trusted else "it predicts what was measured here worse than a model without it"
            self.reuse = Reuse(self.source.name, self.source.configurations, trusted, better, reason)
            if not trusted:
                self.source = None
                self.belief = belief = self._learned()
        return belief

    def _learned(self) -> Belief:
        fitting = warm(self.source) if self.source else cold
        return learn(self.encoding, self.goals, self.notebook.measurements(), noiseless=self.notebook.noiseless,
                     before=self.belief, fitting=fitting, records=dict(self.records))  # fmt: skip

    def verify(self, candidate: Configuration) -> Trial:
        """Test a candidate in fresh pairs and remember the outcome."""
        what = self.search.in_words(candidate)
        return self._tried(what, lambda turn: verify(
            self.notebook, self.question.fault, candidate, self.goals, self.missed, turn))  # fmt: skip

    def _gone_on_with(self, trial: Trial, found: Minimal | None) -> Trial:
        """Test a candidate in further pairs and remember the outcome."""
        most = most_pairs(self.search, trial, found.trial.fix if found else None)
        what = f"{self.search.in_words(trial.fix)}, in further pairs"
        return self._tried(what, lambda turn: gone_on_with(self.notebook, self.question.fault, trial, turn, most))

    def _tried(self, what: str, tried: Callable[[int], Trial]) -> Trial:
        """Remember a trial; it is told how many before it were in vain, and one."""
        self.told("verify", len(self.trials), max(TRIALS, len(self.trials) + 1), what)
        trial = tried(1 + sum(t.verdict is not Verdict.CONFIRMED for t in self.trials))
        self.trials.append(trial)
        self.told("verify", len(self.trials), max(TRIALS, len(self.trials)), f"{what}: {trial.verdict.value}")
        return trial

    def _try(self, proposal: Proposal, incumbent: Configuration | None, belief: Belief) -> None:
        promise = float(np.exp(belief.log_probability([proposal.configuration])[0]))
        stated = float(belief.stated([proposal.configuration])[0])
        self.promises[proposal.configuration] = belief.predicted(proposal.configuration), stated
        self.next.after(incumbent)
        best = f"best so far: {self.search.in_words(incumbent)}" if incumbent else "no fix yet"
        self.told("search", self.notebook.spent, self.question.budget, best)
        tried = proposal.configuration
        self.notebook.measure([tried], Purpose.PROPOSAL)
        if self.doubts.worse_than_promised(promise, tried):
            self.told("search", self.notebook.spent, self.question.budget, "worse than believed: run again")
            self.doubts.look_again(tried)
        for label, off in belief.surprises(self.notebook.of(tried)).items():
            self.records[label] = self.records.get(label, Record()).and_then(off)

    @property
    def _lasting(self) -> Lasting:
        def told(remark: str) -> None:
            self.told("verify", len(self.trials), max(TRIALS, len(self.trials)), remark)

        return Lasting(self.notebook, self.trials, self.verify, self.search, told)

    def _minimised(self, belief: Belief, trial: Trial) -> Minimal:
        return minimise(self._minimiser(belief), self.smallest_known(trial))

    def _minimiser(self, belief: Belief) -> Minimiser:
        def told(remark: str) -> None:
            self.told("minimise", self.notebook.spent, self.question.budget, remark)

        unlasting = frozenset(t.fix for t in self.trials if t.unkept)
        return Minimiser(self.notebook, self.question.fault, self.goals, self.search.allowed, self.question.budget,
                         self.verify, lambda cs: list(belief.log_probability(cs)), told, unlasting)  # fmt: skip
