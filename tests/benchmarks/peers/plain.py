"""The loop an experienced practitioner writes: ``nn.Transformer``, boolean masks, full logits, Adam.

It is given our batches, already sorted by length and with little padding, which a first loop seldom has. The recipe is
the usual one for this size: Adam (0.9, 0.98), peak rate 0.001 after a short warm-up, then down with the inverse square
root of the step, label smoothing 0.1, dropout 0.1, gradients clipped at 1. glibc's thresholds are left as they are.
"""

from __future__ import annotations

import math
import sys
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from peers.data import Prepared, prepared
from peers.ours import Source
from peers.protocol import Round, serve
from translator.config import ModelConfig
from translator.corpus.batches import Batch
from translator.model.transformer import positions
from translator.text.subwords import PAD

WARMUP, PEAK = 100, 1e-3


class PlainTransformer(nn.Module):
    """The same shape as ``small``, out of torch's own layers."""

    position: Tensor

    def __init__(self, shape: ModelConfig) -> None:
        super().__init__()
        self.embedding = nn.Embedding(shape.vocab_size, shape.d_model, padding_idx=PAD)
        nn.init.normal_(self.embedding.weight, std=shape.d_model**-0.5)
        self.register_buffer("position", positions(shape.max_length, shape.d_model))
        self.dropout = nn.Dropout(shape.dropout)
        self.body = nn.Transformer(
            shape.d_model,
            shape.heads,
            shape.encoder_layers,
            shape.decoder_layers,
            shape.feed_forward,
            shape.dropout,
            batch_first=True,
            norm_first=True,
        )

    def embed(self, ids: Tensor) -> Tensor:
        x = self.embedding(ids) * math.sqrt(self.embedding.embedding_dim)
        out: Tensor = self.dropout(x + self.position[: ids.shape[1]])
        return out

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        """source (B, S), target (B, T) → logits (B, T, V)."""
        ahead = torch.ones(target.shape[1], target.shape[1], dtype=torch.bool).triu(1)
        hidden = self.body(
            self.embed(source),
            self.embed(target),
            tgt_mask=ahead,
            src_key_padding_mask=source == PAD,
            tgt_key_padding_mask=target == PAD,
            memory_key_padding_mask=source == PAD,
            tgt_is_causal=True,
        )
        return F.linear(hidden, self.embedding.weight)


def loss_of(model: PlainTransformer, batch: Batch, smoothing: float, reduction: str = "mean") -> Tensor:
    logits = model(batch.source, batch.target_in)
    return F.cross_entropy(
        logits.flatten(0, 1),
        batch.target_out.flatten(),
        ignore_index=PAD,
        label_smoothing=smoothing,
        reduction=reduction,
    )


def dev_nll(model: PlainTransformer, data: Prepared) -> float:
    model.eval()
    with torch.no_grad():
        total = sum(float(loss_of(model, batch, 0.0, "sum")) for batch in data.dev)
    model.train()
    return total / sum(int((batch.target_out != PAD).sum()) for batch in data.dev)


def main(folder: str) -> None:
    data = prepared(Path(folder))
    torch.manual_seed(1)
    model = PlainTransformer(data.shape(dropout=0.1)).train()
    optimizer = torch.optim.Adam(model.parameters(), lr=PEAK, betas=(0.9, 0.98), eps=1e-9)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / WARMUP, math.sqrt(WARMUP / (step + 1)))
    )
    source = Source(data)

    def step() -> Round:
        batch, counted = source.next()
        optimizer.zero_grad()
        loss = loss_of(model, batch, 0.1)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        return counted

    serve(step, lambda: dev_nll(model, data))


if __name__ == "__main__":
    main(*sys.argv[1:])
