"""Where the parameters and the multiply–adds are: of our own models, and of GPT-3 from its published shape.

Multiply–adds are those of the matrix products: products with the weights, q·k, and weights·v. Biases, norms, softmax,
ReLU and the look-up of embeddings are left out; they are some thousandths of it.

Letters: S source tokens, T target tokens, D model width, H heads, E head width, F hidden units, V vocabulary, L layers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from torch import nn

from translator.config import ModelConfig
from translator.model.transformer import Transformer


@dataclass(frozen=True)
class Part:
    """Parameters of one kind: ``count`` in all, in ``modules`` places."""

    name: str
    count: int
    modules: int


class Work(NamedTuple):
    """Multiply–adds of one part for a whole sentence."""

    name: str
    products: int  # with weight matrices
    attention: int = 0  # q·k and weights·v, which grow with the square of the length

    @property
    def total(self) -> int:
        """Both."""
        return self.products + self.attention


class HeadCount:
    """The weights of one attention head, biases left out: each matrix is D · E, the last one E · D."""

    def __init__(self, d_model: int, width: int) -> None:
        self.d_model, self.width = d_model, width
        self.each = d_model * width  # query, key, value and output have as many each
        self.total = 4 * self.each


class GPT3:
    """GPT-3 175B (Brown et al. 2020, table 2.1 and section 2.1; the vocabulary is GPT-2's)."""

    layers, heads, d_model, head_width = 96, 96, 12_288, 128
    feed_forward, vocab_size, context = 49_152, 50_257, 2_048  # context: longest text in tokens
    head = HeadCount(d_model, head_width)


EMBEDDINGS = "embeddings, tied"


def count_parameters(model: Transformer) -> list[Part]:
    """Every parameter in exactly one part; tied embeddings are counted once."""

    def inside(layers: Iterable[nn.Module], name: str) -> list[nn.Module]:
        return [layer.get_submodule(name) for layer in layers]

    groups: dict[str, list[nn.Module]] = {
        EMBEDDINGS: [model.embedding],
        "encoder self-attention": inside(model.encoder, "self_attention"),
        "encoder feed-forward": inside(model.encoder, "feed_forward"),
        "decoder masked self-attention": inside(model.decoder, "self_attention"),
        "decoder cross-attention": inside(model.decoder, "cross_attention"),
        "decoder feed-forward": inside(model.decoder, "feed_forward"),
        "layer norms": [module for module in model.modules() if isinstance(module, nn.LayerNorm)],
    }
    return [Part(k, sum(p.numel() for m in parts for p in m.parameters()), len(parts)) for k, parts in groups.items()]


def multiply_adds(shape: ModelConfig, source: int, target: int) -> list[Work]:
    """Multiply–adds to translate S tokens into T, ``</s>`` included on both sides, by the parts of
    :func:`count_parameters`.

    One pass of the encoder, then greedy search with its cache: each target token is read once, and attends to itself
    and to those before it. A beam of W does the decoder's part W times, the cross-attention's keys and values once.
    """
    S, T, D, F, V = source, target, shape.d_model, shape.feed_forward, shape.vocab_size
    encoder, decoder = shape.encoder_layers, shape.decoder_layers
    return [
        Work(EMBEDDINGS, T * D * V),  # used as the output matrix; reading it is a look-up
        Work("encoder self-attention", encoder * 4 * S * D * D, encoder * 2 * S * S * D),
        Work("encoder feed-forward", encoder * 2 * S * D * F),
        Work("decoder masked self-attention", decoder * 4 * T * D * D, decoder * T * (T + 1) * D),
        Work("decoder cross-attention", decoder * (2 * T + 2 * S) * D * D, decoder * 2 * T * S * D),
        Work("decoder feed-forward", decoder * 2 * T * D * F),
        Work("layer norms", 0),
    ]


def gpt3_parts(shape: type[GPT3], tokens: int) -> list[tuple[Part, Work]]:
    """Parameters by part, and multiply–adds for ``tokens`` read one after another with their keys and values kept.

    Counted as is usual in teaching: no biases, norms or position vectors, embedding and unembedding apart.
    """
    blocks, T, D = shape.layers, tokens, shape.d_model
    every_head = blocks * shape.heads
    across = every_head * shape.head.each
    reach = every_head * shape.head_width * T * (T + 1) // 2  # q·k over all pairs that the mask lets through
    up_or_down, words = blocks * D * shape.feed_forward, D * shape.vocab_size
    counts = (  # parameters, places, multiply–adds with weights and without
        ("embedding", words, 1, 0, 0),  # a look-up
        ("query", across, every_head, T * across, reach),
        ("key", across, every_head, T * across, 0),
        ("value", across, every_head, T * across, reach),
        ("output", across, every_head, T * across, 0),
        ("up-projection", up_or_down, blocks, T * up_or_down, 0),
        ("down-projection", up_or_down, blocks, T * up_or_down, 0),
        ("unembedding", words, 1, T * words, 0),
    )
    return [(Part(name, n, places), Work(name, *work)) for name, n, places, *work in counts]
