"""Other people's engines on our tests: FCI of causal-learn, PC and GES of pgmpy.

They are there to compare with. None of them gets background knowledge: causal-learn turns a forbidden direction into
the opposite arrow and so denies hidden causes, and knowledge of tiers is what our own engine reads as arrowheads only.
They walk through sets of nodes, whose order is that of hashes. So that the result never depends on PYTHONHASHSEED, nor
on the order of columns, nodes are numbers here, or names that hash alike in every process, in alphabetical order.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, field, replace
from functools import lru_cache
from io import StringIO
from threading import Lock
from typing import Any

import numpy as np
import pandas as pd

from cadet.causal.discovery.scores import DegenerateGaussianScore
from cadet.causal.interop.causal_learn import from_causal_learn
from cadet.causal.interop.pgmpy import of_arcs
from cadet.errors import UsageError
from cadet.model.graph import PAG
from cadet.plugins import peer
from cadet.protocols import Discovery, Evidence

MOST_TESTS = 1_000_000  # causal-learn's possible-d-sep search tries every subset; beyond that it does not end
_ONE_AT_A_TIME = Lock()  # subsamples are learned in threads, and stdout is redirected for all of them

NO_KNOWLEDGE = "knows nothing of tiers and of randomised options; its marks may contradict them"
NO_HIDDEN_CAUSES = "assumes that nothing unrecorded causes two variables: where that is wrong, its arrows are"


def causal_learn_fci(evidence: Evidence) -> Discovery:
    """Run causal-learn's FCI; raises CapabilityMissing without it, UsageError when its search does not end."""
    asked, names = _Asked(evidence), sorted(evidence.test.names)
    if len(names) < 2:
        return Discovery(PAG(tuple(names), {}))
    depth = -1 if evidence.max_conditioning is None else evidence.max_conditioning
    fci = peer("causallearn.search.ConstraintBased.FCI").fci
    nodes = [_Name(name) for name in names]
    with _ONE_AT_A_TIME, redirect_stdout(StringIO()):  # it prints some edges as it goes
        graph, _ = fci(np.zeros((len(names), len(names))), _registered(), evidence.alpha, depth=depth,
                       show_progress=False, node_names=nodes, asked=asked)  # fmt: skip
    pag = from_causal_learn(graph, PAG)
    return Discovery(_plain(pag), asked.asked, (f"causal-learn's FCI {NO_KNOWLEDGE}", *asked.notes()))


def pgmpy_pc(evidence: Evidence) -> Discovery:
    """Run pgmpy's PC-stable; undirected edges of its CPDAG are o-o. Raises CapabilityMissing without pgmpy."""
    asked, names = _Asked(evidence), sorted(evidence.test.names)
    if len(names) < 2:
        return Discovery(PAG(tuple(names), {}))
    largest = len(names) if evidence.max_conditioning is None else evidence.max_conditioning
    search = peer("pgmpy.causal_discovery").PC(
        variant="stable", ci_test=asked.independent, significance_level=evidence.alpha, max_cond_vars=largest,
        show_progress=False, n_jobs=1,
    )  # fmt: skip
    found = search.fit(_columns(names)).causal_graph_
    return Discovery(
        _named(names, found), asked.asked, (f"pgmpy's PC {NO_KNOWLEDGE}", f"PC {NO_HIDDEN_CAUSES}", *asked.notes())
    )


def pgmpy_ges(evidence: Evidence) -> Discovery:
    """Run pgmpy's GES with the degenerate Gaussian BIC, not with the test. Raises CapabilityMissing without pgmpy."""
    score = DegenerateGaussianScore.of(evidence.dataset, evidence.places)
    names = score.names
    if len(names) < 2:
        return Discovery(PAG(names, {}))
    search = peer("pgmpy.causal_discovery").GES(scoring_method=_scoring(score))
    found = search.fit(_columns(names)).causal_graph_
    rows = f"GES uses no test: it scores the {score.rows} rows in which all is observed, as independent ones"
    return Discovery(_named(names, found), 0, (f"pgmpy's GES {NO_KNOWLEDGE}", f"GES {NO_HIDDEN_CAUSES}", rows))


@dataclass
class _Asked:
    """Our test as a peer asks it, by the numbers of the variables; a refused test separates nothing."""

    evidence: Evidence
    asked: int = 0
    refused: set[tuple[int, int]] = field(default_factory=set)
    untested: set[tuple[int, int]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.names = sorted(self.evidence.test.names)

    def p_value(self, x: int, y: int, given: Sequence[int]) -> float:
        """Return the p-value; 0 where the test refuses, 1 where it refuses even without conditions."""
        self._count()
        if self.evidence.max_conditioning is not None and len(given) > self.evidence.max_conditioning:
            return 0.0
        result = self.evidence.test(self.names[x], self.names[y], [self.names[z] for z in sorted(given)])
        if result is None:
            (self.refused if len(given) else self.untested).add((min(x, y), max(x, y)))
            return 0.0 if len(given) else 1.0
        return result.p_value

    def independent(self, x: int, y: int, given: Sequence[int], significance_level: float) -> bool:
        """Tell whether x and y test independent."""
        return self.p_value(int(x), int(y), [int(z) for z in given]) > significance_level

    def notes(self) -> list[str]:
        """Return what was not tested."""
        notes = [f"{self.asked} independence tests"]
        if self.untested:
            notes.append(f"too few rows to test {len(self.untested)} pairs at all; they have no edge")
        if self.refused:
            notes.append(f"for {len(self.refused)} pairs tests were refused: too few rows, or one determines another")
        return notes

    def _count(self) -> None:
        self.asked += 1
        if self.asked > MOST_TESTS:
            raise UsageError(
                f"after {MOST_TESTS} tests of {len(self.names)} variables the search has not ended, and nothing bounds "
                "it; use the engine 'cadet', or fewer columns"
            )


class _Name(str):
    """A name whose hash is the same in every process."""

    def __hash__(self) -> int:
        return zlib.crc32(self.encode("utf-8", "surrogatepass"))

    __eq__ = str.__eq__


@lru_cache(maxsize=1)
def _registered() -> str:
    """Register a test of causal-learn that asks ours, and return its name."""
    cit = peer("causallearn.utils.cit")

    class Asking(cit.CIT_Base):  # type: ignore[misc, name-defined]
        def __init__(self, data: Any, asked: _Asked):  # the base would keep a cache by md5(str(data))
            self.asked, self.method = asked, "cadet"

        def __call__(self, x: int, y: int, given: Any = None, *_: Any, **__: Any) -> float:
            return self.asked.p_value(int(x), int(y), [int(z) for z in given or ()])

    cit.register_ci_test("cadet", Asking)
    return "cadet"


def _scoring(score: DegenerateGaussianScore) -> Any:
    """Return our score as pgmpy asks it, by the numbers of the variables."""
    base = peer("pgmpy.structure_score").BaseStructureScore

    class Scoring(base):  # type: ignore[misc, valid-type]
        def __init__(self) -> None:  # the base would want the data
            self._cached_local_score = lru_cache(maxsize=None)(self._local_score)

        def _local_score(self, variable: int, parents: tuple[int, ...]) -> float:
            return score(score.names[variable], [score.names[parent] for parent in parents])

    return Scoring()


def _columns(names: Sequence[str]) -> pd.DataFrame:
    """Return a table with as many columns, called 0, 1, …: what is asked of it goes to our test or score."""
    return pd.DataFrame(np.zeros((2, len(names))), columns=range(len(names)))


def _named(names: Sequence[str], found: Any) -> PAG:
    return of_arcs(names, {(names[a], names[b]) for a, b in found.edges})


def _plain(pag: PAG) -> PAG:
    """Return the graph with ordinary text for names."""
    marks = {(str.__str__(a), str.__str__(b)): mark for (a, b), mark in pag.marks.items()}
    return replace(pag, nodes=tuple(str.__str__(node) for node in pag.nodes), marks=marks)
