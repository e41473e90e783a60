"""Plans from what was asked for, and the small plan that continuous integration runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.util import find_spec

from cadet.bench.baselines.by_name import parts
from cadet.bench.plan import FIRST, Plan
from cadet.bench.recorded import DEVICES, recordings
from cadet.errors import CapabilityMissing, UsageError, nearest
from cadet.plugins import names
from cadet.testing.worlds.frozen import frozen_families
from cadet.testing.worlds.shift import SHIFTS

NONE = ("none",)
ENGINE = "cadet"  # `cadet-...` is the engine in other circumstances, run when asked for by name
COMPARED = "+dd+verified"  # the form of the baselines that claims as carefully as the engine does
NEEDS = {"tpe": "optuna", "smac": "smac"}  # what the extra `bench` brings

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
    """Return a plan and remarks about it; None stands for all (of the strategies: the engine and the compared form).

    Raises UsageError for names that nobody knows.
    """
    assert split in FIRST
    remarks: tuple[str, ...] = ()
    if devices is None and recordings() is None:
        devices, remarks = (), ("no recorded devices here, worlds only; CADET_RECORDED names their folder",)
    left_out = [] if strategies else [name for name in NEEDS if not _installed(name)]
    if left_out:
        remarks += (f"without {' and '.join(left_out)}, which are not installed: pip install 'cadet[bench]'",)
    chosen = {
        "strategy": _asked(strategies) if strategies else _usual(left_out),
        "family": _known("family", families, frozen_families()),
        "device": _known("device", devices, DEVICES),
    }
    plan = Plan(chosen["strategy"], chosen["family"], chosen["device"], goals, worlds, faults, seeds, split,
                repeats, _known("shift", warm, tuple(SHIFTS)))  # fmt: skip
    return plan, remarks


def _asked(asked: tuple[str, ...]) -> tuple[str, ...]:
    """Return the strategies asked for; raises UsageError for unknown ones, CapabilityMissing for missing ones."""
    for name in asked:
        base, _ = parts(name)
        if not _installed(base):
            raise CapabilityMissing(f"{base!r} needs {NEEDS[base]}", remedy="pip install 'cadet[bench]'")
    return asked


def _usual(left_out: Sequence[str]) -> tuple[str, ...]:
    """Return the engine and every baseline in the form that is compared with it."""
    baselines = (n for n in names("strategy") if not n.startswith(ENGINE) and n not in left_out)
    return (ENGINE, *(name + COMPARED for name in baselines))


def _installed(name: str) -> bool:
    return name not in NEEDS or find_spec(NEEDS[name]) is not None


def _known(kind: str, asked: tuple[str, ...] | None, every: tuple[str, ...]) -> tuple[str, ...]:
    if asked is None:
        return every
    if asked == NONE:
        return ()
    for name in asked:
        if name.removesuffix(":exact") not in every:
            raise UsageError(f"no {kind} is called {name!r}{nearest(name, every)}")
    return asked
