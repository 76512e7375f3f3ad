"""A checkpoint's weights in CTranslate2's form, in float32 or int8.

CTranslate2's ``TransformerSpec`` is our own architecture under other names: pre-norm, sine positions given explicitly,
embeddings scaled by √D; queries, keys and values side by side in one matrix for self-attention, keys and values for
cross-attention.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from torch import nn

from translator.model.transformer import DecoderLayer, EncoderLayer, Transformer
from translator.text.subwords import Subwords


def _array(*tensors: torch.Tensor) -> np.ndarray:
    """The tensors one below the other, as an array of its own: the spec changes its arrays in place."""
    return np.array(torch.cat([t.detach().float().cpu() for t in tensors]).numpy(), copy=True)


def _linear(spec: Any, *layers: nn.Linear) -> None:
    spec.weight = _array(*(layer.weight for layer in layers))
    spec.bias = _array(*(layer.bias for layer in layers))


def _norm(spec: Any, norm: nn.LayerNorm) -> None:
    spec.gamma, spec.beta = _array(norm.weight), _array(norm.bias)


def _attention(spec: Any, norm: nn.LayerNorm, *groups: Sequence[nn.Linear]) -> None:
    """The maps of a group stand side by side in one matrix."""
    _norm(spec.layer_norm, norm)
    for place, layers in zip(spec.linear, groups, strict=True):
        _linear(place, *layers)


def _layer(spec: Any, layer: EncoderLayer | DecoderLayer) -> None:
    own = layer.self_attention
    _attention(spec.self_attention, layer.self_norm, (own.query, own.key, own.value), (own.output,))
    if isinstance(layer, DecoderLayer):
        cross = layer.cross_attention
        _attention(spec.attention, layer.cross_norm, (cross.query,), (cross.key, cross.value), (cross.output,))
    _norm(spec.ffn.layer_norm, layer.feed_forward_norm)
    _linear(spec.ffn.linear_0, layer.feed_forward.inner)
    _linear(spec.ffn.linear_1, layer.feed_forward.outer)


def export_ctranslate2(
    model: Transformer, subwords: Subwords, folder: Path, quantization: Literal["float32", "int8"]
) -> None:
    """Write ``model`` to ``folder`` (which must not hold files) in CTranslate2's format."""
    from ctranslate2.converters import Converter
    from ctranslate2.specs import TransformerSpec

    shape = model.config
    spec = TransformerSpec.from_config((shape.encoder_layers, shape.decoder_layers), shape.heads, pre_norm=True)
    for side, norm in ((spec.encoder, model.encoder_norm), (spec.decoder, model.decoder_norm)):
        side.position_encodings.encodings = _array(model.position)
        _norm(side.layer_norm, norm)
    for place in (spec.encoder.embeddings[0], spec.decoder.embeddings, spec.decoder.projection):
        place.weight = _array(model.embedding.weight)
    ours: list[EncoderLayer | DecoderLayer] = [*model.encoder, *model.decoder]
    for theirs, layer in zip((*spec.encoder.layer, *spec.decoder.layer), ours, strict=True):
        _layer(theirs, layer)
    pieces = [subwords.piece(i) for i in range(len(subwords))]
    spec.register_source_vocabulary(pieces)
    spec.register_target_vocabulary(pieces)
    spec.config.bos_token, spec.config.eos_token, spec.config.unk_token = "<s>", "</s>", "<unk>"
    spec.config.add_source_bos = spec.config.add_source_eos = False
    spec.config.decoder_start_token = "<s>"

    class Ours(Converter):  # type: ignore[misc]
        """Hands over the spec; the base class quantises and writes it."""

        def _load(self) -> Any:
            return spec

    Ours().convert(str(folder), quantization=None if quantization == "float32" else quantization, force=True)
