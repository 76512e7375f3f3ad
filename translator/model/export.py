"""A checkpoint's weights in CTranslate2's form, in float32 or int8.

CTranslate2's ``TransformerSpec`` is our own architecture under other names: pre-norm, sine positions given explicitly,
embeddings scaled by √D; queries, keys and values side by side in one matrix for self-attention, keys and values for
cross-attention.
"""

from __future__ import annotations

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


def _feed_forward(spec: Any, layer: EncoderLayer | DecoderLayer) -> None:
    _norm(spec.layer_norm, layer.feed_forward_norm)
    _linear(spec.linear_0, layer.feed_forward.inner)
    _linear(spec.linear_1, layer.feed_forward.outer)


def _self_attention(spec: Any, layer: EncoderLayer | DecoderLayer) -> None:
    own = layer.self_attention
    _norm(spec.layer_norm, layer.self_norm)
    _linear(spec.linear[0], own.query, own.key, own.value)
    _linear(spec.linear[1], own.output)


def _cross_attention(spec: Any, layer: DecoderLayer) -> None:
    cross = layer.cross_attention
    _norm(spec.layer_norm, layer.cross_norm)
    _linear(spec.linear[0], cross.query)
    _linear(spec.linear[1], cross.key, cross.value)
    _linear(spec.linear[2], cross.output)


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
    for theirs, encoder in zip(spec.encoder.layer, model.encoder, strict=True):
        _self_attention(theirs.self_attention, encoder)
        _feed_forward(theirs.ffn, encoder)
    for theirs, decoder in zip(spec.decoder.layer, model.decoder, strict=True):
        _self_attention(theirs.self_attention, decoder)
        _cross_attention(theirs.attention, decoder)
        _feed_forward(theirs.ffn, decoder)
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
