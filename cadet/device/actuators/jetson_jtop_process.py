"""Talks to the jetson-stats service in a process of its own, because importing jetson-stats changes the importer.

A script, started with the interpreter that has jetson-stats and with nothing of CADET. A request is a line of JSON on
standard input, {"ask": "state"} or {"set": "nvpmodel", "to": "MAXN"}; the answer is a line {"ok": …}, {"error": "…"}
or, where nobody answers, {"missing": "…"}. It ends with its input. Setters of jetson-stats return before the board has
changed and are silent about refusals, so every answer comes after the change was seen, or says what is seen instead.
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any

_INTERVAL_S = 0.5  # between two looks of the service; the client takes three missed ones for the service's end
_PATIENCE_S = 8.0  # jetson-stats waits up to 60 s after booting; that is an error here
_FRESH_LOOKS = 2  # the first answer may have been on its way before the change


_ATTEMPTS = 3  # a busy board misses looks


class _Lost(Exception):
    """The service did not answer in time."""


def main() -> None:
    """Answer the requests of the input."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what the library prints must not look like an answer
    for line in sys.stdin:
        print(json.dumps(_tried(json.loads(line))), file=answers)
    os._exit(0)  # the library joins threads that look for CUDA and OpenCV


def _tried(request: dict[str, Any]) -> dict[str, Any]:
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            board = _connected()
        except Exception as error:  # noqa: BLE001 - whatever the library raises is the answer
            return {"missing": _told(error)}
        try:
            return {"ok": _answer(board, request)}
        except _Lost as lost:
            if attempt == _ATTEMPTS:
                return {"missing": _told(lost)}
        except Exception as error:  # noqa: BLE001
            return {"error": _told(error)}
    raise AssertionError


def _connected() -> Any:
    from jtop import jtop  # type: ignore[import-not-found, unused-ignore]

    board = jtop(interval=_INTERVAL_S)
    board.start()
    return board


def _answer(board: Any, request: dict[str, Any]) -> Any:
    if request.get("set") == "nvpmodel":
        _set_mode(board, _number(board, str(request["to"])))
    elif request.get("set") == "jetson_clocks":
        _hold(board, bool(request["to"]))
    elif request.get("ask") == "stats":
        return _stats(board)
    return _state(board)


def _state(board: Any) -> dict[str, Any]:
    _look(board)
    if board.nvpmodel is None or board.jetson_clocks is None:
        raise RuntimeError("the service controls no nvpmodel or no jetson_clocks on this machine")
    return {"nvpmodel": str(board.nvpmodel.name), "jetson_clocks": bool(board.jetson_clocks),
            "models": [str(name) for name in board.nvpmodel.models]}  # fmt: skip


def _stats(board: Any) -> dict[str, Any]:
    """Return watts by rail, degrees Celsius by zone, GPU load in [0, 1] and clock in Hz."""
    _look(board)
    total = board.power["tot"]
    rails = {**board.power["rail"], **({total["name"]: total} if "name" in total else {})}
    gpu = next(iter(board.gpu.values()))
    return {"watts": {name: rail["power"] / 1000 for name, rail in rails.items()},
            "celsius": {name: zone["temp"] for name, zone in board.temperature.items() if zone["online"]},
            "gpu_load": gpu["status"]["load"] / 100, "gpu_hz": gpu["freq"]["cur"] * 1000}  # fmt: skip


def _number(board: Any, mode: str) -> int:
    models: list[str] = _state(board)["models"]
    if mode in models:
        return models.index(mode)
    if mode.isdigit() and int(mode) < len(models):
        return int(mode)
    raise RuntimeError(f"jetson-stats knows no power mode {mode!r}; it has {', '.join(models)}")


def _set_mode(board: Any, number: int) -> None:
    """Set the mode with free clocks: while they are held, the library brings limits of an older mode back later."""
    held = _state(board)["jetson_clocks"]
    if held:
        _hold(board, False)
    board.nvpmodel.set_nvpmodel_id(number)  # never force=True: that may reboot
    _until(board, lambda: not board.nvpmodel.is_running() and int(board.nvpmodel.id) == number, f"power mode {number}")
    if held:
        _hold(board, True)


def _hold(board: Any, held: bool) -> None:
    """Hold or free the clocks; what the library stored at its start is forgotten first: it may be of another mode."""
    if _state(board)["jetson_clocks"] == held:
        return
    if held and board.jetson_clocks.is_config():
        board.jetson_clocks.clear_config()
        _until(board, lambda: not board.jetson_clocks.is_config(), "a cleared configuration")
    board.jetson_clocks.set_enable(held)
    settled = {"running", "inactive"}
    _until(board, lambda: bool(board.jetson_clocks) == held and board.jetson_clocks.status in settled,
           f"jetson_clocks {'on' if held else 'off'}")  # fmt: skip


def _until(board: Any, holds: Any, what: str) -> None:
    end = time.monotonic() + _PATIENCE_S
    while time.monotonic() < end:
        _look(board)
        if holds():
            return
    now = _state(board)
    raise RuntimeError(f"asked jetson-stats for {what}; after {_PATIENCE_S:g} s the board has power mode "
                       f"{now['nvpmodel']}, jetson_clocks {'on' if now['jetson_clocks'] else 'off'}")  # fmt: skip


def _look(board: Any) -> None:
    for _ in range(_FRESH_LOOKS):
        if not board.ok():
            raise _Lost("the service of jetson-stats does not answer")


def _told(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__


if __name__ == "__main__":
    main()
