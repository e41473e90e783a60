"""Plans from what was asked for, and the small plan that continuous integration runs."""

from __future__ import annotations

from collections.abc import Mapping

from cadet.bench.baselines.by_name import parts
from cadet.bench.plan import FIRST, Plan
from cadet.bench.recorded import DEVICES, recordings
from cadet.errors import UsageError, nearest
from cadet.plugins import names
from cadet.testing.worlds.frozen import frozen_families
from cadet.testing.worlds.shift import SHIFTS

NONE = ("none",)

SUBSETS: Mapping[str, Plan] = {
    # Four unlike families, two worlds each, both goals, one session: what a change may have broken, in a minute or two.
    "ci": Plan(("cadet", "random"), ("steps", "stages", "twofold", "idle"), (), worlds=2),
}


def plan_of(
    strategies: tuple[str, ...] | None,
    families: tuple[str, ...] | None,
    devices: tuple[str, ...] | None,
    *,
    goals: tuple[str, ...],
    worlds: int,
    faults: int,
    seeds: int,
    split: str,
    repeats: int,
    warm: tuple[str, ...] = (),
) -> tuple[Plan, tuple[str, ...]]:
    """Return a plan and remarks about it; None stands for all. Raises UsageError for names that nobody knows."""
    assert split in FIRST
    remarks: tuple[str, ...] = ()
    if devices is None and recordings() is None:
        devices, remarks = (), ("no recorded devices here, worlds only; CADET_RECORDED names their folder",)
    chosen = {
        "strategy": _strategies(strategies),
        "family": _known("family", families, frozen_families()),
        "device": _known("device", devices, DEVICES),
    }
    plan = Plan(chosen["strategy"], chosen["family"], chosen["device"], goals, worlds, faults, seeds, split,
                repeats, _known("shift", warm, tuple(SHIFTS)))  # fmt: skip
    return plan, remarks


def _strategies(asked: tuple[str, ...] | None) -> tuple[str, ...]:
    """Return the strategies asked for, in the forms asked for; raises UsageError for unknown ones."""
    for name in asked or ():
        parts(name)
    return names("strategy") if asked is None else asked


def _known(kind: str, asked: tuple[str, ...] | None, every: tuple[str, ...]) -> tuple[str, ...]:
    if asked is None:
        return every
    if asked == NONE:
        return ()
    for name in asked:
        if name.removesuffix(":exact") not in every:
            raise UsageError(f"no {kind} is called {name!r}{nearest(name, every)}")
    return asked
