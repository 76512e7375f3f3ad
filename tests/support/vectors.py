"""What the tests of vectors share: two sentences, cosines by hand, the model once more in numpy."""

from __future__ import annotations

import io
import math

import numpy as np
from examples import SENTENCES
from rich.console import Console
from rich.text import Text

from translator.explain.similarity import Level
from translator.model.transformer import Transformer
from translator.text.subwords import BOS, Subwords

EN, PT = SENTENCES[0], SENTENCES[1]
NASTY = "[/x] <b>&amp; 日本 naïve \N{FAMILY}"


def by_hand(u: np.ndarray, v: np.ndarray) -> float:
    """Cosine from its definition, term by term."""
    dot = math.fsum(float(a) * float(b) for a, b in zip(u, v, strict=True))
    return dot / math.sqrt(math.fsum(float(a) ** 2 for a in u)) / math.sqrt(math.fsum(float(b) ** 2 for b in v))


def lines_of(text: Text, width: int) -> list[str]:
    console = Console(width=width, color_system=None, file=io.StringIO())
    console.print(text, no_wrap=True, crop=False)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


def sources(subwords: Subwords) -> tuple[list[int], list[int]]:
    return subwords.source(EN, "en-pt"), subwords.source(PT, "pt-en")


def layer_norm(x: np.ndarray, prefix: str, w: dict[str, np.ndarray]) -> np.ndarray:
    mean, variance = x.mean(-1, keepdims=True), x.var(-1, keepdims=True)
    return np.asarray((x - mean) / np.sqrt(variance + 1e-5) * w[f"{prefix}.weight"] + w[f"{prefix}.bias"])


def linear(x: np.ndarray, prefix: str, w: dict[str, np.ndarray]) -> np.ndarray:
    return np.asarray(x @ w[f"{prefix}.weight"].T + w[f"{prefix}.bias"])


class Numpy:
    """The whole model once more, in float64 numpy, from the names in the weights file and the paper alone."""

    def __init__(self, model: Transformer) -> None:
        self.w = {name: tensor.detach().double().numpy() for name, tensor in model.state_dict().items()}
        self.config, self.position = model.config, model.position.double().numpy()
        self.seen: dict[str, np.ndarray] = {}

    def embed(self, ids: list[int]) -> np.ndarray:
        scaled = self.w["embedding.weight"][ids] * math.sqrt(self.config.d_model)
        return np.asarray(scaled + self.position[: len(ids)])

    def attention(self, x: np.ndarray, memory: np.ndarray, prefix: str, *, causal: bool = False) -> np.ndarray:
        q, k, v = (linear(y, f"{prefix}.{n}", self.w) for y, n in ((x, "query"), (memory, "key"), (memory, "value")))
        self.seen |= {f"{prefix}.query": q, f"{prefix}.key": k}
        width, out = self.config.d_model // self.config.heads, []
        for h in range(self.config.heads):
            part = slice(h * width, (h + 1) * width)
            scores = q[:, part] @ k[:, part].T / math.sqrt(width)
            if causal:
                scores[np.triu_indices(len(x), k=1)] = -np.inf
            weights = np.exp(scores - scores.max(axis=1, keepdims=True))
            out.append(weights / weights.sum(axis=1, keepdims=True) @ v[:, part])
        return linear(np.concatenate(out, axis=1), f"{prefix}.output", self.w)

    def feed_forward(self, x: np.ndarray, prefix: str) -> np.ndarray:
        return linear(np.maximum(linear(x, f"{prefix}.inner", self.w), 0), f"{prefix}.outer", self.w)

    def encode(self, ids: list[int]) -> np.ndarray:
        x = self.embed(ids)
        for l in range(self.config.encoder_layers):
            y = layer_norm(x, f"encoder.{l}.self_norm", self.w)
            x = x + self.attention(y, y, f"encoder.{l}.self_attention")
            y = layer_norm(x, f"encoder.{l}.feed_forward_norm", self.w)
            x = x + self.feed_forward(y, f"encoder.{l}.feed_forward")
            self.seen[f"encoder.{l}"] = x
        return layer_norm(x, "encoder_norm", self.w)

    def decode(self, ids: list[int], memory: np.ndarray) -> None:
        x = self.embed([BOS, *ids])
        for l in range(self.config.decoder_layers):
            y = layer_norm(x, f"decoder.{l}.self_norm", self.w)
            x = x + self.attention(y, y, f"decoder.{l}.self_attention", causal=True)
            y = layer_norm(x, f"decoder.{l}.cross_norm", self.w)
            x = x + self.attention(y, memory, f"decoder.{l}.cross_attention")
            y = layer_norm(x, f"decoder.{l}.feed_forward_norm", self.w)
            x = x + self.feed_forward(y, f"decoder.{l}.feed_forward")


def tokens_by_numpy(numpy: Numpy, own: list[int], other: list[int], level: Level, *, first: bool) -> np.ndarray:
    """Tokens of ``own`` without tag and end, at ``level``."""
    config = numpy.config
    if level.at == "embedding":
        return np.asarray(numpy.w["embedding.weight"][own[1:-1]])
    memory = numpy.encode(own)
    if level.at == "encoder":
        return (memory if level.layer is None else numpy.seen[f"encoder.{level.layer}"])[1:-1]
    what = level.at if level.at != "query-key" else ("key" if first else "query")
    last = (config.encoder_layers if level.kind == "encoder" else config.decoder_layers) - 1
    layer = last if level.layer is None else level.layer
    width = config.d_model // config.heads
    part = slice(None) if level.head is None else slice(level.head * width, (level.head + 1) * width)
    if level.kind == "encoder":
        return numpy.seen[f"encoder.{layer}.self_attention.{what}"][1:-1, part]
    numpy.decode(own[1:-1], numpy.encode(other))
    if what == "query":
        return numpy.seen[f"decoder.{layer}.cross_attention.query"][:-1, part]
    numpy.decode(other[1:-1], memory)
    return np.asarray(numpy.seen[f"decoder.{layer}.cross_attention.key"][1:-1, part])
