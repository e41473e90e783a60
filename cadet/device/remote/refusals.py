"""Why no agent answered: from what ssh said to one message with the way out."""

from __future__ import annotations

from collections.abc import Sequence

from cadet.device.remote.ssh import interpreter
from cadet.device.target.target import Remote
from cadet.errors import CadetError, CapabilityMissing, MeasurementError

_SSH_ITSELF = 255  # the exit code of ssh when it is its own that failed
_NO_PROGRAM = (126, 127)
_STRANGER = ("Host key verification failed", "key is known for")
_CHANGED = "IDENTIFICATION HAS CHANGED"
_UNREACHABLE = ("Could not resolve", "Connection refused", "timed out", "No route to host", "unreachable",
                "Connection closed", "Connection reset", "kex_exchange")  # fmt: skip


def refusal(remote: Remote, code: int, said: Sequence[str], version: str | None) -> CadetError:
    """Return the error for an ssh that ended with `code` before the agent said hello.

    said: the lines on its stderr. version: ours, for the command that would install it there.
    """
    text = "\n".join(said)
    if code == _SSH_ITSELF:
        return _of_ssh(remote, text, said)
    if code in _NO_PROGRAM:
        return CapabilityMissing(f"{remote.ssh} has no {interpreter(remote)}: {_last(said)}",
                                 remedy='name an interpreter that is there: [device] python = "..."')  # fmt: skip
    if "No module named" in text and "cadet" in text:
        return lacking(remote, f"{interpreter(remote)} on {remote.ssh} has no CADET of this kind", version)
    return MeasurementError(f"the agent on {remote.ssh} ended before it answered (exit code {code}): {_last(said)}")


def lacking(remote: Remote, reason: str, version: str | None) -> CapabilityMissing:
    """Return the error that the board needs our version of CADET (None: it runs from its source)."""
    package = "cadet" if version is None else f"cadet=={version}"
    install = f"ssh {_spelled(remote)} {interpreter(remote)} -m pip install {package}"
    return CapabilityMissing(reason, remedy=f'{install}, or name the interpreter that has it: [device] python = "..."')


def _of_ssh(remote: Remote, text: str, said: Sequence[str]) -> CadetError:
    by_hand = f"ssh {_spelled(remote)}"
    if _CHANGED in text:
        return CapabilityMissing(
            f"{remote.ssh} has another host key than before: it was installed anew, or it is another machine",
            remedy="find out which, then remove the old key (ssh-keygen -R)", denied=True)  # fmt: skip
    if any(words in text for words in _STRANGER):
        return CapabilityMissing(f"the host key of {remote.ssh} is not known here",
                                 remedy=f"connect once by hand and compare it: {by_hand}", denied=True)  # fmt: skip
    if "Permission denied" in text or "Too many authentication failures" in text:
        return CapabilityMissing(f"{remote.ssh} does not let us in: {_last(said)}",
                                 remedy=f"this has to work without a question: {by_hand} true "
                                 "(ssh-copy-id, ssh-agent, or [device] identity)", denied=True)  # fmt: skip
    if any(words in text for words in _UNREACHABLE):
        return MeasurementError(f"cannot reach {remote.ssh}: {_last(said)}; is it on, and is this its name? "
                                f"try: {by_hand}")  # fmt: skip
    return MeasurementError(f"ssh to {remote.ssh} failed: {_last(said)}; try: {by_hand}")


def _spelled(remote: Remote) -> str:
    return f"-p {remote.port} {remote.ssh}" if remote.port is not None else remote.ssh


def _last(said: Sequence[str]) -> str:
    return said[-1] if said else "it said nothing"
