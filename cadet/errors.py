"""Everything that can go wrong, and the exit code each failure earns.

CadetError
├── UsageError            2   the user's input: name the value, the place and the way out
│   ├── TargetError           a target file that does not validate
│   ├── ExpressionError       a constraint, condition or consent that cannot be read or evaluated
│   ├── DomainError           a value outside the domain of its option
│   ├── TableError            a table of measurements that cannot be used
│   ├── GraphError            a causal graph that cannot be read, or not written in the format asked for
│   ├── StudyError            a study that is missing, locked, damaged or belongs to another target
│   └── Refused               a knob that is never set: on the deny-list, or not on the allow-list of its kind
├── MeasurementError      3   the device could not be measured
│   ├── SetupFailed           a setup, prepare or cleanup command failed
│   ├── ServiceNotReady       the service did not become ready in time
│   ├── GuardTripped          a guard of the target (abort_if) stopped the session
│   ├── Disconnected          the connection to a board ended in the middle
│   ├── NotApplied            a knob that did not take its value; of a run this is a status
│   └── BudgetSpent           a strategy of the benchmark asked for more configurations than it was given
├── NotIdentifiable       1   an effect that the graph does not identify
├── DeviceNotRestored     5   the device differs from what was found; beats every other exit code
├── CapabilityMissing     6   a permission, program or sensor that is not there
│   ├── WritesNotAllowed      a write that others on this machine would feel, without --allow-system-writes
│   └── EnergyUnavailable     no energy sensor; lists where it looked
└── Interrupted         130   Ctrl-C or SIGTERM, after restoring
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class CadetError(Exception):
    """Base of every failure that is meant for a user's eyes."""

    exit_code = 1


class UsageError(CadetError):
    """The input is wrong; the message names the value, the place and the way out."""

    exit_code = 2


class TargetError(UsageError):
    """A target file that cannot be read or does not validate."""


class ExpressionError(UsageError):
    """An expression that cannot be read, or evaluated on the values at hand."""


class DomainError(UsageError):
    """A value outside the domain of its option."""


class TableError(UsageError):
    """A table of measurements that cannot be used."""


class GraphError(UsageError):
    """A causal graph that cannot be read, or cannot be written in the format asked for."""


class StudyError(UsageError):
    """A study that is missing, locked, damaged, or belongs to another target."""


class Refused(UsageError):
    """A knob that is never set, whoever asks; the message says by which rule."""


class MeasurementError(CadetError):
    """The device could not be measured."""

    exit_code = 3


class SetupFailed(MeasurementError):
    """A setup, prepare or cleanup command failed."""


class ServiceNotReady(MeasurementError):
    """The service under test did not become ready in time."""


class GuardTripped(MeasurementError):
    """A guard of the target stopped the session; the message names the condition and the values seen."""


class Disconnected(MeasurementError):
    """The connection to a board ended before its answer; the message says how the board was left."""


class NotApplied(MeasurementError):
    """A knob did not take the value: `asked gpu_clock = 1.3, the device reports 1.2`."""


class BudgetSpent(MeasurementError):
    """A strategy of the benchmark asked for more distinct configurations than its budget."""


class NotIdentifiable(CadetError):
    """The graph does not identify the effect; the message says which path stays open."""


class DeviceNotRestored(CadetError):
    """The device is not as it was found. `answer`: what the session had found out by then, if it got so far."""

    exit_code = 5
    answer: object = None


class CapabilityMissing(CadetError):
    """A permission, a program or a sensor that is not there.

    `remedy` is the command or the sentence that would mend it; `denied`: the thing is there, the permission is not.
    """

    exit_code = 6

    def __init__(self, message: str, *, remedy: str = "", denied: bool = False) -> None:
        joint = "\n" if "\n" in message else "; "
        super().__init__(f"{message}{joint}remedy: {remedy}" if remedy else message)
        self.reason, self.remedy, self.denied = message, remedy, denied


class WritesNotAllowed(CapabilityMissing):
    """Others on this machine would feel the write, and nobody has allowed it."""


class EnergyUnavailable(CapabilityMissing):
    """No sensor measures energy here; the message lists where we looked."""


class Interrupted(CadetError):
    """Stopped by Ctrl-C or SIGTERM, after everything was put back."""

    exit_code = 130


def nearest(name: str, known: Iterable[str]) -> str:
    """Return `; did you mean 'x'?` for the known name closest to `name`, or the list of known names."""
    names = sorted(set(known))
    close = get_close_matches(name, names, n=1, cutoff=0.5)
    if close:
        return f"; did you mean {close[0]!r}?"
    return f"; known: {', '.join(names)}" if names else ""
