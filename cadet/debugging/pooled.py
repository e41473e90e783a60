"""Two studies in one table: the variables both have, at the context levels both have, and which study a row is from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from cadet.causal.effects.mechanisms import Table
from cadet.errors import UsageError
from cadet.model.dataset import Dataset, LeftOut, Role, Variable
from cadet.model.domain import Choice, Domain, Interval

STUDY = "which study"  # the context variable of the pooled table; no name of a target file is like it
BEFORE, AFTER = "before", "after"


@dataclass(frozen=True)
class Pooled:
    """The pooled table, the two tables it is made of, and what could not be put together."""

    dataset: Dataset
    before: Dataset
    after: Dataset
    left_out: tuple[LeftOut, ...]

    @property
    def exchangeable(self) -> bool:
        """Whether both studies drew their options at random from the same values, at the same context levels."""
        names = self.dataset.names(Role.OPTION, Role.CONTEXT)
        same = all(self._values(self.before, name) == self._values(self.after, name) for name in names if name != STUDY)
        return self.dataset.randomised and same

    def _values(self, of: Dataset, name: str) -> object:
        domain = of.by_name[name].domain
        return set(of.frame[name]) if isinstance(domain, Choice) else domain

    def second(self, data: Table) -> npt.NDArray[np.bool_]:
        """Tell of every row of a table of means whether it is from the second study, (rows,)."""
        return np.asarray(data.frame[STUDY] == AFTER)


def pool(before: Dataset, after: Dataset) -> Pooled:
    """Put two datasets into one; raises UsageError when they have no option or no objective in common."""
    left_out: list[LeftOut] = []
    common = _common(before, after, left_out)
    for role in (Role.OPTION, Role.OBJECTIVE):
        if not any(v.role is role for v in common):
            raise UsageError(f"the two studies have no {role.value} in common, so they are not of one system")
    before, after = _at_common_levels(before, after, left_out)
    names = [v.name for v in common]
    labelled = [d.frame[names].assign(**{STUDY: label}) for d, label in ((before, BEFORE), (after, AFTER))]
    offset = int(before.configuration.max()) + 1
    dataset = Dataset(
        frame=pd.concat(labelled, ignore_index=True),
        variables=(*common, Variable(STUDY, Role.CONTEXT, Choice((BEFORE, AFTER)))),
        configuration=np.concatenate([before.configuration, after.configuration + offset]),
        censored=np.concatenate([before.censored, after.censored]),
        sample=np.concatenate([before.sample, after.sample]),
        randomised=before.randomised and after.randomised,
    )
    return Pooled(dataset, before, after, tuple(left_out))


def designed(dataset: Dataset) -> Dataset:
    """Return the rows of the random design: what was chosen by hand or by a model is not exchangeable with it."""
    return _only(dataset, dataset.sample)


def _common(before: Dataset, after: Dataset, left_out: list[LeftOut]) -> list[Variable]:
    common = []
    for name in sorted({*before.by_name, *after.by_name}):
        variables = before.by_name.get(name), after.by_name.get(name)
        reason = _mismatch(before, after, *variables)
        if reason:
            left_out.append(LeftOut(name, reason))
            continue
        first, second = variables
        assert first is not None and second is not None
        common.append(replace(first, domain=_joint(first.domain, second.domain)))
    return common


def _mismatch(before: Dataset, after: Dataset, first: Variable | None, second: Variable | None) -> str:
    """Tell why a variable cannot be compared; empty where it can."""
    if first is None or second is None:
        lacking, which = (before, "first") if first is None else (after, "second")
        there = first or second
        assert there is not None
        told = {out.column: out.reason for out in lacking.left_out}
        return f"not used in the {which} study{': ' + told[there.name] if there.name in told else ''}"
    if first.role is not second.role:
        return f"{first.role.value} in the first study, {second.role.value} in the second"
    if first.unit != second.unit:
        return f"its unit is {first.unit or 'not given'} in the first study, {second.unit or 'not given'} in the second"
    if first.domain is not None and _joint(first.domain, second.domain) is None:
        return "its values are of another kind in the second study"
    return ""


def _joint(first: Domain | None, second: Domain | None) -> Domain | None:
    """Return a domain that holds the values of both, None where they are of different kinds."""
    if isinstance(first, Choice) and isinstance(second, Choice) and first.ordered == second.ordered:
        if first.ordered:
            return Choice(tuple(sorted({*first.values, *second.values})), ordered=True)
        return Choice(tuple(dict.fromkeys((*first.values, *second.values))))
    if isinstance(first, Interval) and isinstance(second, Interval) and first.log == second.log:
        integer = first.integer and second.integer
        return Interval(min(first.low, second.low), max(first.high, second.high), integer, first.log)
    return None


def _at_common_levels(before: Dataset, after: Dataset, left_out: list[LeftOut]) -> tuple[Dataset, Dataset]:
    """Return the rows at context levels that both have; raises UsageError where there are none."""
    for name in sorted(set(before.names(Role.CONTEXT)) & set(after.names(Role.CONTEXT))):
        levels: list[set[object]] = [set(d.frame[name]) for d in (before, after)]
        both = levels[0] & levels[1]
        if not both:
            raise UsageError(f"the two studies have no level of {name} in common")
        only = sorted(map(str, (levels[0] | levels[1]) - both))
        if only:
            left_out.append(LeftOut(name, f"levels of one study alone are not used: {', '.join(only)}"))
        keep: Callable[[Dataset], Dataset] = lambda d, n=name, b=both: _only(d, d.frame[n].isin(list(b)).to_numpy())  # type: ignore[misc]  # noqa: E731
        before, after = keep(before), keep(after)
    return before, after


def _only(dataset: Dataset, rows: npt.NDArray[np.bool_]) -> Dataset:
    return replace(dataset, frame=dataset.frame[rows].reset_index(drop=True), configuration=dataset.configuration[rows],
                   censored=dataset.censored[rows], sample=dataset.sample[rows])  # fmt: skip
