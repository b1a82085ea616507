"""Join the steps of attention in an exported encoder to one: the same numbers, a little quicker.

The optimizer that comes with ONNX Runtime does not know these steps as this exporter writes them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto

__all__ = ["fuse_attention"]

_DOMAIN = "com.microsoft"  # of the steps that ONNX Runtime has beyond the standard
_PARTS = ("query", "key", "value")


def fuse_attention(model: ModelProto, heads: int) -> None:
    """Put one `QAttention` in the place of each attention of a BERT whose weights are of eight bits.

    Where the steps have other names, as in an encoder of another form, the graph stays as it is.
    """
    from onnx import helper, numpy_helper

    graph = model.graph
    arrays = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
    for node in graph.node:
        if node.op_type == "Identity" and node.input[0] in arrays:  # of biases that are alike one is kept
            arrays[node.output[0]] = arrays[node.input[0]]
    nodes = {node.name: node for node in graph.node}
    fused: dict[str, NodeProto] = {}
    for name in nodes:
        attention, found, _ = name.partition("/query/MatMul_quant_scales_mul")
        last = nodes.get(f"{attention}/Reshape_3")
        if not found or last is None:
            continue
        first = nodes[f"{attention}/query/MatMul_quant"]
        (scale,) = (entry for entry in nodes[name].input if entry not in arrays)
        packed = _packed(nodes, arrays, attention)
        graph.initializer.extend(numpy_helper.from_array(array, f"{attention}/{key}") for key, array in packed.items())
        weights, bias, scales, zero = (f"{attention}/{key}" for key in packed)
        inputs = [first.input[0], weights, bias, scale, scales, "", first.input[2], zero]
        fused[last.name] = helper.make_node(
            "QAttention", inputs, [last.output[0]], name=f"{attention}/QAttention", domain=_DOMAIN, num_heads=heads
        )
    if not fused:
        return
    kept = _needed([fused.get(node.name, node) for node in graph.node], {entry.name for entry in graph.output})
    used = {entry for node in kept for entry in node.input}
    weights_kept = [one for one in graph.initializer if one.name in used]
    del graph.node[:], graph.initializer[:]
    graph.node.extend(kept)
    graph.initializer.extend(weights_kept)
    model.opset_import.append(helper.make_opsetid(_DOMAIN, 1))


def _packed(nodes: Mapping[str, NodeProto], arrays: Mapping[str, Any], attention: str) -> dict[str, Any]:
    """Return weights, biases and scales of the three projections side by side, and their zero point, nought."""
    weights, biases, scales = [], [], []
    for part in _PARTS:
        name = nodes[f"{attention}/{part}/MatMul_quant"].input[1]
        stem = name.removesuffix("_quantized")
        assert not arrays[f"{stem}_zero_point"].any()
        weights.append(arrays[name])
        scales.append(np.broadcast_to(arrays[f"{stem}_scale"], arrays[name].shape[1:]))
        biases += [arrays[entry] for entry in nodes[f"{attention}/{part}/Add"].input if entry in arrays]
    return {
        "weights": np.concatenate(weights, axis=1),
        "bias": np.concatenate(biases),
        "scales": np.concatenate(scales),
        "zero": np.zeros((), np.int8),
    }


def _needed(nodes: Iterable[NodeProto], outputs: set[str]) -> list[NodeProto]:
    """Return the nodes, which stand in order, from which something leads to an output."""
    kept = []
    used = set(outputs)
    for node in reversed([*nodes]):
        if not used.isdisjoint(node.output):
            kept.append(node)
            used.update(node.input)
    return kept[::-1]
