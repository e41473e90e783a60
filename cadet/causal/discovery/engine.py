"""Our engine behind the name `cadet`: FCI with knowledge and with what a randomised design shows, and its notes."""

from __future__ import annotations

import numpy as np

from cadet.causal.discovery.experiment import effects
from cadet.causal.discovery.fci import Learned, search
from cadet.causal.discovery.uncovered import STEPS
from cadet.model.dataset import Role
from cadet.protocols import Discovery, Evidence

MOST = 2_000  # sets tried for a pair in Possible-D-SEP; seldom reached, and reported when it is


def cadet_fci(evidence: Evidence) -> Discovery:
    """Run FCI with the knowledge, keeping a way for every effect that the experiment clearly shows."""
    data, test = evidence.dataset, evidence.test
    shown = effects(test, data.names(Role.OPTION), data.names(Role.OBJECTIVE), evidence.alpha)
    largest = evidence.max_conditioning
    learned = search(test, evidence.knowledge, evidence.alpha, max_conditioning=largest, most=MOST, effects=shown)
    notes = tuple(_notes(learned, largest))
    return Discovery(learned.pag, learned.skeleton.tests, notes, learned.effects, learned.ambiguous)


def _notes(learned: Learned, max_conditioning: int | None) -> list[str]:
    skeleton = learned.skeleton
    notes = [f"{skeleton.tests} independence tests"]
    untested, refused, capped = (int(np.triu(m).sum()) for m in (skeleton.untested, skeleton.refused, skeleton.capped))
    if untested:
        notes.append(f"too few rows to test {untested} pairs at all; they have no edge")
    if refused:
        notes.append(f"for {refused} pairs some tests were refused: too few rows, or one determines the other")
    notes += [
        f"the effect of {r.cause} on {r.effect} is measured, but the tests left no way for it: "
        f"{' and '.join(f'{a} – {b}' for a, b in r.edges)} put back"
        for r in learned.restored
    ]
    if capped:
        notes.append(
            f"for {capped} adjacent pairs sets of more than {max_conditioning} conditions "
            f"or beyond the first {MOST} of Possible-D-SEP were not tried"
        )
    if learned.given_up:
        notes.append(
            f"{learned.given_up} searches for an uncovered path were given up after {STEPS} steps; "
            "some circles might have been marks"
        )
    return notes
