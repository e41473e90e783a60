"""Build a small convolutional network with random weights: what is measured depends on its shape alone."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

IMAGE = (1, 3, 64, 64)
CHANNELS = (3, 24, 48, 64)
CLASSES = 10


def main() -> None:
    """Write the network beside this file."""
    onnx.save(network(np.random.default_rng(1)), Path(__file__).with_name("network.onnx"))


def network(rng: np.random.Generator) -> onnx.ModelProto:
    """Return stages of two parallel convolutions, each with batch normalisation and ReLU, then a classifier."""
    nodes, weights, before = [], [], "image"
    for stage, (inward, outward) in enumerate(pairwise(CHANNELS)):
        branches = []
        for size in (3, 5):
            at = f"s{stage}k{size}"
            scale = np.sqrt(2 / (inward * size * size))
            weights += [
                _weight(f"{at}w", rng.normal(0, scale, (outward, inward, size, size))),
                *(
                    _weight(f"{at}{name}", value * np.ones(outward))
                    for name, value in zip("gbmv", (1, 0, 0, 1), strict=True)
                ),
            ]
            nodes += [
                helper.make_node("Conv", [before, f"{at}w"], [f"{at}c"], pads=[size // 2] * 4),
                helper.make_node("BatchNormalization", [f"{at}c", *(f"{at}{name}" for name in "gbmv")], [f"{at}n"]),
                helper.make_node("Relu", [f"{at}n"], [f"{at}r"]),
            ]
            branches.append(f"{at}r")
        nodes += [
            helper.make_node("Add", branches, [f"s{stage}a"]),
            helper.make_node("MaxPool", [f"s{stage}a"], [f"s{stage}p"], kernel_shape=[2, 2], strides=[2, 2]),
        ]
        before = f"s{stage}p"
    weights.append(_weight("classes", rng.normal(0, 0.1, (CHANNELS[-1], CLASSES))))
    nodes += [
        helper.make_node("GlobalAveragePool", [before], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["features"]),
        helper.make_node("MatMul", ["features", "classes"], ["scores"]),
    ]
    graph = helper.make_graph(
        nodes,
        "network",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, IMAGE)],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, (1, CLASSES))],
        weights,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def _weight(name: str, values: np.ndarray) -> onnx.TensorProto:
    return numpy_helper.from_array(values.astype(np.float32), name)


if __name__ == "__main__":
    main()
