"""Classify images with ONNX Runtime; the images and the last session live on between runs."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import numpy as np
import onnxruntime
from network import IMAGE
from network import main as build

MODEL = Path(__file__).with_name("network.onnx")
WARMUP, IMAGES = 2, 12
LEVELS = {
    "off": onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL,
    "basic": onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC,
    "extended": onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED,
    "all": onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL,
}
MODES = {
    "sequential": onnxruntime.ExecutionMode.ORT_SEQUENTIAL,
    "parallel": onnxruntime.ExecutionMode.ORT_PARALLEL,
}
Options = tuple[tuple[str, object], ...]


def run(configuration: Mapping[str, object]) -> dict[str, float]:
    """Return seconds of the median inference, and seconds that loading the network took."""
    loading, session = _session(tuple(sorted(configuration.items())))
    seconds = [_classified(session, image) for image in _images()]
    return {"inference_s": statistics.median(seconds[WARMUP:]), "loading_s": loading}


def _classified(session: onnxruntime.InferenceSession, image: np.ndarray) -> float:
    began = time.perf_counter()
    session.run(None, {"image": image})
    return time.perf_counter() - began


@lru_cache(maxsize=1)  # one at a time: the threads of a second one would spin beside it
def _session(configuration: Options) -> tuple[float, onnxruntime.InferenceSession]:
    given = dict(configuration)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = given["intra_threads"]
    options.inter_op_num_threads = given["inter_threads"]
    options.execution_mode = MODES[given["execution_mode"]]
    options.graph_optimization_level = LEVELS[given["graph_optimisation"]]
    options.enable_mem_pattern = given["memory_pattern"]
    options.enable_cpu_mem_arena = given["memory_arena"]
    options.enable_mem_reuse = given["memory_reuse"]
    for key, name in (("intra_op.allow_spinning", "intra_spinning"), ("inter_op.allow_spinning", "inter_spinning"),
                      ("set_denormal_as_zero", "flush_denormals")):  # fmt: skip
        options.add_session_config_entry(f"session.{key}", str(int(given[name])))
    gc.collect()
    began = time.perf_counter()
    session = onnxruntime.InferenceSession(str(MODEL), options, providers=["CPUExecutionProvider"])
    return time.perf_counter() - began, session


@lru_cache(maxsize=1)
def _images() -> list[np.ndarray]:
    rng = np.random.default_rng(2)
    return [rng.normal(size=IMAGE).astype(np.float32) for _ in range(WARMUP + IMAGES)]


if not MODEL.exists():
    build()
