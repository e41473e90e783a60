"""The workload: detects objects in some frames on the simulated board, and prints seconds per frame as JSON."""

import json
import os
import sys
import time

frames = int(sys.argv[1])
door = os.open("/sys/kernel/simulation/frame_s", os.O_RDONLY)  # the board is under load while this is open
start = time.perf_counter()
for _ in range(frames):
    time.sleep(float(os.pread(door, 64, 0)))
print(json.dumps({"frame_s": (time.perf_counter() - start) / frames}))
