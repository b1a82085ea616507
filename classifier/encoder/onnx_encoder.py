"""The encoder at work: windows → embeddings, with ONNX Runtime on the CPU."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from classifier.encoder.windows import STRIDES, SentenceTokenizer, Window, reading, shortened, windows_of
from classifier.errors import ModelError
from classifier.records import Sentence

__all__ = ["STRIDE", "Encoder"]

STRIDE = "tokens_a_state"
"""The entry of a graph's metadata that says how many tokens one of its states stands for."""

_TRIED = 16  # tokens on which a graph is run once, before all else
_SLOWER = ["SkipLayerNormFusion"]  # its one step takes longer than the two that it joins (ONNX Runtime 1.32)

Floats = npt.NDArray[np.floating[Any]]


class Encoder:
    """Embed the sentences of documents. An embedding is the first state of a sentence beside the mean of all.

    `graph` holds an ONNX model with the input `input_ids` of shape (windows, tokens) and one output of shape (windows,
    tokens / stride, states), the stride, if it is not 1, in its metadata under `STRIDE`; `width`, that of an embedding,
    is twice the number of states.
    """

    def __init__(self, graph: bytes, definition: str, *, threads: int = 1) -> None:
        import onnxruntime

        self.graph, self.definition = graph, definition
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(
                graph, options, providers=["CPUExecutionProvider"], disabled_optimizers=_SLOWER
            )
            inputs = [entry.name for entry in self._session.get_inputs()]
            (output,) = self._session.get_outputs()
            self._stride = int(self._session.get_modelmeta().custom_metadata_map.get(STRIDE, 1))
            if self._stride not in STRIDES:
                raise ValueError(f"{STRIDE} {self._stride}")
            if inputs != ["input_ids"] or not isinstance(output.shape[-1], int):
                raise ValueError(f"inputs {inputs}, output of shape {output.shape}")
            (states,) = self._session.run(None, {"input_ids": np.zeros((1, _TRIED), np.int64)})
            if states.shape != (1, _TRIED // self._stride, output.shape[-1]):
                raise ValueError(f"states of shape {states.shape} for {_TRIED} tokens, {STRIDE} {self._stride}")
        except Exception as error:  # the library raises many kinds, none documented
            raise ModelError(
                f"encoder.onnx: cannot be run ({str(error).splitlines()[0]}); "
                "take the model from its source again, or train it anew"
            ) from None
        self.tokenizer = SentenceTokenizer(definition, stride=self._stride)
        self.width = 2 * output.shape[-1]

    def windows(
        self, text: str, sentences: Sequence[Sentence], *, first: int = 0, asked: Sequence[bool] | None = None
    ) -> list[Window]:
        """Return the windows of a document; `first` is added to the indices of its sentences.

        Sentences that are not `asked` about are there for the others' sake, shortened, and are not read off.
        """
        tokenizer = self.tokenizer
        rows = tokenizer.tokens_of(text, sentences)
        if asked is None:
            asked = [True] * len(rows)
        rows = shortened(rows, sentences, asked)
        windows = windows_of(rows, opening=tokenizer.opening, closing=tokenizer.closing, first=first)
        return list(reading(windows, asked, first=first))

    def embed(self, windows: Iterable[Window]) -> Iterator[tuple[npt.NDArray[np.int64], Floats]]:
        """Yield the sentences of each window and their embeddings of shape (sentences, width).

        Each window is run alone: weights of eight bits are scaled by all that stands in a run, so in company the
        answer for a page would hang on the other pages, and several together are no faster.
        """
        return map(self._run, windows)

    def embed_documents(self, documents: Sequence[tuple[str, Sequence[Sentence]]]) -> Floats:
        """Return the embeddings of all sentences of some documents, in order."""
        windows: list[Window] = []
        count = 0
        for text, sentences in documents:
            windows += self.windows(text, sentences, first=count)
            count += len(sentences)
        embeddings = np.empty((count, self.width), np.float32)
        for places, rows in self.embed(windows):
            embeddings[places] = rows
        return embeddings

    def _run(self, window: Window) -> tuple[npt.NDArray[np.int64], Floats]:
        tokens = np.array([window.tokens], np.int64)
        ((states,),) = self._session.run(None, {"input_ids": tokens})
        places = np.array(window.places, np.int64).reshape(-1, 3)
        bounds = places[:, 1:] // self._stride
        shares = np.zeros((len(places), len(states)), states.dtype)  # their product is far quicker than `reduceat`
        for row, (start, end) in zip(shares, bounds.tolist(), strict=True):
            row[start:end] = 1 / (end - start)
        return places[:, 0], np.hstack([states[bounds[:, 0]], shares @ states])
