"""The network that is fine-tuned. It imports torch, so only `classifier.fine_tuning` imports it, and late."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from classifier.corpora import KINDS
from classifier.encoder import STRIDE, Window
from classifier.errors import ConfigurationError
from classifier.fine_tuning_fusion import fuse_attention
from classifier.records import Evidence, Label, Severity

__all__ = ["Network", "averaged", "export", "keep", "restore"]

_WEIGHTS = {
    "primary": 0.3,
    "evidence": 0.2,
    "severity": 0.1,
    "kinds": 0.5,
}  # of the further heads, beside 1 for the labels


class Network(nn.Module):  # type: ignore[misc]  # not followed into torch
    """An encoder over windows of sentences, and one head for each thing that a unit is labelled with.

    `strides` says for each layer how many tokens a state of it stands for, one if it is not given. Of what a layer is
    given its `merge` makes fewer states, first by their mean (Dai et al. 2020, "Funnel-Transformer"), since labels are
    asked of sentences and not of words; windows are then of a multiple of the last stride.
    """

    def __init__(
        self,
        folder: Path,
        markers: Sequence[int],
        *,
        layers: int | None = None,
        strides: Sequence[int] | None = None,
    ) -> None:
        from transformers import AttentionInterface, AttentionMaskInterface, AutoConfig, AutoModel
        from transformers.masking_utils import sdpa_mask

        super().__init__()
        AttentionInterface.register("single_precision", _attention)
        AttentionMaskInterface.register("single_precision", sdpa_mask)
        is_bert = AutoConfig.from_pretrained(folder).model_type == "bert"  # MPNet's attention can only be its own
        self.encoder = AutoModel.from_pretrained(
            folder,
            add_pooling_layer=False,
            attn_implementation="single_precision" if is_bert else "eager",
            attention_probs_dropout_prob=0.0,  # it costs more time than all the rest of a layer
        )
        capabilities: dict[str, Any] = getattr(torch.cpu, "get_capabilities", dict)()  # older releases do not tell
        self._is_brief = bool(capabilities.get("amx_bf16"))  # such numbers are then multiplied many times faster
        if layers is not None:
            every = self.encoder.encoder.layer
            kept = np.linspace(0, len(every) - 1, layers).round().astype(int)
            self.encoder.encoder.layer = nn.ModuleList([every[place] for place in kept])
            self.encoder.config.num_hidden_layers = layers
        self.strides = tuple(strides) if strides is not None else (1,) * len(self.encoder.encoder.layer)
        for layer, (before, stride) in zip(self.encoder.encoder.layer, pairwise((1, *self.strides)), strict=True):
            if stride > before:
                layer.merge = _merge(self.encoder.config.hidden_size, stride // before)
            if stride > 1:
                layer.register_forward_pre_hook(partial(_narrow, stride))
        table = self.encoder.embeddings.word_embeddings.weight
        table.requires_grad = False
        self.markers = tuple(markers)
        self.marker_rows = nn.Parameter(table.detach()[list(markers)].clone())
        width = 2 * self.encoder.config.hidden_size
        self.dropout = nn.Dropout(0.1)
        self.labels = nn.Linear(width, len(Label))
        self.primary = nn.Linear(width, len(Label) + 1)
        self.evidence = nn.Linear(width, len(Evidence))
        self.severity = nn.Linear(width, len(Severity))
        self.kinds = nn.Linear(width, len(KINDS))

    def encoder_parameters(self) -> list[nn.Parameter]:
        return [*(one for one in self.encoder.parameters() if one.requires_grad), self.marker_rows]

    def head_parameters(self) -> list[nn.Parameter]:
        heads = (self.labels, self.primary, self.evidence, self.severity, self.kinds)
        return [one for head in heads for one in head.parameters()]

    def embed(self, windows: Sequence[Window], padding: int) -> torch.Tensor:
        """Return one embedding a sentence of the windows: its first state beside the mean of all."""
        length = max(len(window.tokens) for window in windows)
        tokens = torch.full((len(windows), length), padding)
        mask = torch.zeros((len(windows), length), dtype=torch.long)
        for row, window in enumerate(windows):
            tokens[row, : len(window.tokens)] = torch.tensor(window.tokens)
            mask[row, : len(window.tokens)] = 1
        with torch.autocast("cpu", torch.bfloat16, enabled=self._is_brief):
            states = self.encoder(inputs_embeds=self._embedded(tokens), attention_mask=mask).last_hidden_state
        length, stride = states.shape[1], self.strides[-1]
        states = states.float().flatten(0, 1)
        places = [
            (row * length + start // stride, row * length + end // stride)
            for row, window in enumerate(windows)
            for _, start, end in window.places
        ]
        firsts = torch.tensor([start for start, _ in places], dtype=torch.long)
        sizes = torch.tensor([end - start for start, end in places], dtype=torch.long)
        inside = torch.tensor([token for start, end in places for token in range(start, end)], dtype=torch.long)
        sums = states.new_zeros(len(places), states.shape[1])
        sums = sums.index_add(0, torch.repeat_interleave(sizes), states.index_select(0, inside))
        return torch.cat([states.index_select(0, firsts), sums / sizes[:, None]], dim=1)

    def loss(
        self,
        embeddings: torch.Tensor,
        labels: torch.Tensor,
        primary: torch.Tensor,
        evidence: torch.Tensor,
        severity: torch.Tensor,
        kinds: torch.Tensor,
    ) -> torch.Tensor:
        """Return the loss of a batch: that of the labels and, weighted, those of the further heads."""
        seen = self.dropout(embeddings)
        each = nn.functional.binary_cross_entropy_with_logits
        return (
            each(self.labels(seen), labels)
            + _WEIGHTS["primary"] * _of_one(self.primary(seen), primary)
            + _WEIGHTS["evidence"] * _of_one(self.evidence(seen), evidence)
            + _WEIGHTS["severity"] * _of_one(self.severity(seen), severity)
            + _WEIGHTS["kinds"] * each(self.kinds(seen), kinds)
        )

    @staticmethod
    def unlikeness(embeddings: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
        """Return how far embeddings are from others: the mean of the squares, by the variance of the others."""
        return ((embeddings - wanted) ** 2).mean() / wanted.var()

    def heads(self) -> tuple[Any, ...]:
        """Return coefficients and intercepts of the labels, then those of the evidence levels."""
        parts = (self.labels.weight, self.labels.bias, self.evidence.weight, self.evidence.bias)
        return tuple(part.detach().numpy().copy() for part in parts)

    def _embedded(self, tokens: torch.Tensor) -> torch.Tensor:
        embedded = self.encoder.embeddings.word_embeddings(tokens)
        for row, marker in zip(self.marker_rows, self.markers, strict=True):
            embedded = torch.where((tokens == marker)[..., None], row, embedded)
        return embedded

    def start_from(self, wide: Network) -> None:
        """Take the weights of a network that merges no states; what merges them here stays as it is."""
        missing, unexpected = self.load_state_dict(wide.state_dict(), strict=False)
        assert not unexpected and all(".merge." in name for name in missing)

    def forget_dropout(self) -> None:
        """Let the encoder learn from all its states from now on."""
        for module in self.encoder.modules():
            if isinstance(module, nn.Dropout):
                module.p = 0.0

    def settle(self) -> None:
        """Write the trained markers into the table of embeddings."""
        with torch.no_grad():
            self.encoder.embeddings.word_embeddings.weight[list(self.markers)] = self.marker_rows


def _merge(width: int, count: int) -> nn.Linear:
    """Return what makes one state of several; before it has learnt anything it takes their mean."""
    merge = nn.Linear(count * width, width)
    with torch.no_grad():
        merge.weight.copy_(torch.eye(width).repeat(1, count) / count)
        merge.bias.zero_()
    return merge


def _narrow(stride: int, layer: nn.Module, inputs: tuple[torch.Tensor | None, ...]) -> tuple[Any, ...]:
    """Merge what a layer is given, if it merges, so that a state stands for `stride` tokens; thin its mask."""
    states, mask, *others = inputs
    merge: nn.Linear | None = getattr(layer, "merge", None)
    if merge is not None and states is not None:
        states = merge(states.reshape(states.shape[0], -1, merge.in_features))
    if mask is not None:
        mask = mask[..., ::stride, ::stride]
    return states, mask, *others


def _of_one(margins: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Return the cross-entropy of a choice of one, over the rows whose target says anything."""
    return -(target * margins.log_softmax(dim=1)).sum() / target.sum().clamp(min=1.0)


def _attention(module: nn.Module, *states: torch.Tensor, **options: Any) -> tuple[torch.Tensor, None]:
    """Attend in single precision: in half of it, torch's way back through the attention is far slower."""
    from transformers.integrations.sdpa_attention import sdpa_attention_forward

    query, key, value, mask = states
    with torch.autocast("cpu", enabled=False):
        found, _ = sdpa_attention_forward(module, query.float(), key.float(), value.float(), mask, **options)
    return found, None


def averaged(networks: Sequence[Network]) -> Network:
    """Return the first network with the mean of the weights of all."""
    first, *others = networks
    with torch.no_grad():
        states = [other.state_dict() for other in others]
        for name, weight in first.state_dict().items():
            if weight.is_floating_point():
                weight.add_(sum(state[name] - weight for state in states) / len(networks))
    return first


class _States(nn.Module):  # type: ignore[misc]
    """What is exported: tokens → states. A window is run alone, so nothing is padded and there is no mask."""

    def __init__(self, encoder: nn.Module) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, input_ids: torch.Tensor) -> torch.Tensor:
        return torch.as_tensor(self.encoder.encoder(self.encoder.embeddings(input_ids=input_ids))[0])


def export(network: Network, folder: Path) -> bytes:
    """Return the encoder as an ONNX graph with weights of eight bits, which says for how many tokens a state stands."""
    import warnings

    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic

    network.settle()
    network.encoder.set_attn_implementation("eager")
    tokens = torch.ones((2, 16 * network.strides[-1]), dtype=torch.long)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the tracer, about shapes that do not vary
        torch.onnx.export(
            _States(network.encoder).eval(),
            (tokens,),
            str(folder / "full.onnx"),
            input_names=["input_ids"],
            output_names=["states"],
            dynamic_axes={"input_ids": {0: "windows", 1: "tokens"}, "states": {0: "windows", 1: "states"}},
            opset_version=17,
            dynamo=False,
        )
    quantize_dynamic(
        folder / "full.onnx",
        folder / "small.onnx",
        weight_type=QuantType.QInt8,
        per_channel=True,
        op_types_to_quantize=["MatMul", "Gather"],
    )
    graph = onnx.load(folder / "small.onnx")
    fuse_attention(graph, network.encoder.config.num_attention_heads)
    onnx.helper.set_model_props(graph, {STRIDE: str(network.strides[-1])})
    return bytes(graph.SerializeToString())


def keep(path: Path, network: Any, optimizer: Any, schedule: Any, epochs: int, digest: str) -> None:
    """Write all that the training needs to go on, whole or not at all."""
    unfinished = path.with_name(path.name + ".partial")
    state = {
        "network": network.state_dict(),
        "optimizer": optimizer.state_dict(),
        "schedule": {"last_epoch": schedule.last_epoch},
        "epochs": epochs,
        "chance": torch.get_rng_state(),
        "digest": digest,
    }
    torch.save(state, unfinished)
    unfinished.replace(path)


def restore(path: Path, network: Any, optimizer: Any, schedule: Any, digest: str) -> int:
    """Take up what `keep` wrote, if it is there; return how many epochs are done.

    Raises `ConfigurationError` for what a training on other passages, from other weights or by another recipe wrote.
    """
    if not path.is_file():
        return 0
    state = torch.load(path, weights_only=True)  # tensors and plain values; nothing in it is run
    if state.get("digest") != digest:
        raise ConfigurationError(
            f"{path}: was left by a training on other passages, from another base or by another recipe; "
            "remove it to train anew"
        )
    network.load_state_dict(state["network"])
    optimizer.load_state_dict(state["optimizer"])
    schedule.last_epoch = state["schedule"]["last_epoch"]
    torch.set_rng_state(state["chance"])
    return int(state["epochs"])
