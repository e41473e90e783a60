"""The workloads of the case studies do what their target files say; what this machine lacks is told."""

from __future__ import annotations

import importlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from tests.case_studies.expectations import FOLDER

ONE_THREAD = {"execution_mode": "sequential", "intra_threads": 1, "inter_threads": 1, "intra_spinning": False,
              "inter_spinning": False, "graph_optimisation": "all", "memory_pattern": True, "memory_arena": True,
              "memory_reuse": True, "flush_denormals": False}  # fmt: skip


def program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"no program {name!r} here; apt-get install it")
    return found


def clip(path: Path) -> bytes:
    make = FOLDER / "x264_presets" / "make_clip.py"
    subprocess.run([sys.executable, "-I", "-S", str(make), str(path)], check=True)
    return path.read_bytes()


def test_the_clip_is_the_same_every_time_and_a_video(tmp_path: Path) -> None:
    first, second = clip(tmp_path / "a.y4m"), clip(tmp_path / "b.y4m")
    assert first == second
    header, _, frames = first.partition(b"\n")
    assert header.startswith(b"YUV4MPEG2 W320 H192 ")
    assert len(frames) == 24 * (len(b"FRAME\n") + 320 * 192 * 3 // 2)


def test_x264_reads_the_clip_and_a_wider_search_makes_it_smaller(tmp_path: Path) -> None:
    x264 = program("x264")
    clip(tmp_path / "clip.y4m")
    sizes = []
    for search in ("dia", "umh"):
        argv = [x264, "--quiet", "--no-progress", "--me", search, "--threads", "1", "-o", "clip.264", "clip.y4m"]
        subprocess.run(argv, cwd=tmp_path, check=True, stderr=subprocess.DEVNULL)
        sizes.append((tmp_path / "clip.264").stat().st_size)
    assert 0 < sizes[1] < sizes[0]


def answers(port: int) -> bool:
    with socket.socket() as door:
        return door.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[int]:
    """The port of a server that forgets."""
    server = program("redis-server")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    argv = [server, "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--dir", str(tmp_path)]
    process = subprocess.Popen(argv, stdout=subprocess.DEVNULL)
    try:
        end = time.monotonic() + 10
        while not answers(port) and time.monotonic() < end:
            time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait()


def test_the_load_waits_for_every_answer_of_redis(redis: int) -> None:
    load = FOLDER / "redis_appendfsync" / "load.py"
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(load), str(redis)], capture_output=True, text=True, check=True
    )
    answer = json.loads(done.stdout)
    assert 0 < answer["get_s"] * 2000 / 2 < time.monotonic() - began  # at least half took the median or more
    assert answer["set_s"] > 0


@pytest.fixture
def inference(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The function of the ONNX study, in a copy of its folder."""
    for library in ("onnx", "onnxruntime"):
        pytest.importorskip(library, reason="pip install 'cadet[onnx]'")
    for name in ("inference", "network"):
        shutil.copy(FOLDER / "onnx_threads" / f"{name}.py", tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    yield importlib.import_module("inference")
    for name in ("inference", "network"):
        sys.modules.pop(name, None)


def test_a_session_lives_on_until_an_option_changes(inference: ModuleType) -> None:
    first, again = inference.run(ONE_THREAD), inference.run(ONE_THREAD)
    assert first["inference_s"] > 0
    assert again["loading_s"] == first["loading_s"]
    assert inference.run({**ONE_THREAD, "memory_arena": False})["loading_s"] != first["loading_s"]


def test_options_change_the_time_of_an_answer_and_not_the_answer(inference: ModuleType) -> None:
    image = np.ones(inference.IMAGE, np.float32)
    scores = []
    for changes in ({}, {"graph_optimisation": "off"}, {"execution_mode": "parallel", "inter_threads": 2}):
        _, session = inference._session(tuple(sorted({**ONE_THREAD, **changes}.items())))
        scores.append(session.run(None, {"image": image})[0])
    assert np.ptp(scores[0]) > 0
    for other in scores[1:]:
        np.testing.assert_allclose(other, scores[0], rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize(("study", "missing"), [("x264_presets", "x264"), ("redis_appendfsync", "redis-server")])
def test_doctor_names_the_program_that_is_missing(tmp_path: Path, study: str, missing: str) -> None:
    for name in ("python3", "rm", "mkdir"):
        (tmp_path / name).symlink_to(shutil.which(name) or sys.executable)
    argv = [sys.executable, "-m", "cadet", "doctor", str(FOLDER / study / "target.toml"), "--format", "json"]
    done = subprocess.run(argv, env={**os.environ, "PATH": str(tmp_path)}, capture_output=True, text=True, check=False)
    assert done.returncode == 6
    lacking = [f for f in json.loads(done.stdout)["findings"] if f["state"] == "missing" and f["kind"] == "target"]
    assert len(lacking) == 1 and missing in str(lacking[0])
