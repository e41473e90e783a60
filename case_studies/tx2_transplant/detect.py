"""Detect objects in some frames on the simulated board, and print the median seconds of a frame; standard library only.

The board says how long a frame takes (tests/device/jetson/board/silicon.py). How the CUDA runtime is linked is not part
of it and is added here: a shared runtime is called through a table, a static one directly.
"""

import json
import os
import statistics
import sys
import time

FRAMES = 8
CALLS = 100  # assumption: calls of the runtime for a frame, a few for each of the 23 layers of YOLOv3-tiny
CYCLES = 20  # assumption: what one indirect call costs that misses the branch predictor
CLOCK = "/sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq"  # kHz


def main() -> None:
    """Wait for every frame as long as the board needs for it."""
    shared = sys.argv[1] == "shared"
    door = os.open("/sys/kernel/simulation/frame_s", os.O_RDONLY)  # the board is under load while this is open
    time.sleep(0.15)  # the governor has climbed
    print(json.dumps({"frame_s": statistics.median(_frame(door, shared) for _ in range(FRAMES))}))


def _frame(door: int, shared: bool) -> float:
    began = time.perf_counter()
    with open(CLOCK) as clock:  # noqa: PTH123
        linked = CALLS * CYCLES / (1000 * float(clock.read())) if shared else 0.0
    time.sleep(float(os.pread(door, 64, 0)) + linked)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
