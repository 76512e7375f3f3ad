"""Shared small things: one thread, a toy vocabulary, an untrained model of prime sizes."""

from __future__ import annotations

import pytest
import torch
from hypothesis import settings

from translator.config import ModelConfig
from translator.model.transformer import Transformer
from translator.text.subwords import Subwords

settings.register_profile("quiet", deadline=None, max_examples=60)
settings.load_profile("quiet")
torch.set_num_threads(1)

# Written for the tests; enough different words for a few hundred pieces.
SENTENCES = [
    "The old lighthouse keeper paints tiny boats every winter.",
    "O velho faroleiro pinta barquinhos todo inverno.",
    "Does your cousin still sell honey near the bridge?",
    "Sua prima ainda vende mel perto da ponte?",
    "We couldn't find the umbrella, so we waited 25 minutes.",
    "Não achamos o guarda-chuva, então esperamos 25 minutos.",
    "They're singing; he isn't.",
    "Elas estão cantando; ele não está.",
]


@pytest.fixture(scope="session")
def subwords() -> Subwords:
    return Subwords.train(SENTENCES, 420)


@pytest.fixture(scope="session")
def model(subwords: Subwords) -> Transformer:
    """Untrained, in evaluation mode; no two sizes equal."""
    torch.manual_seed(11)
    config = ModelConfig(
        vocab_size=len(subwords),
        d_model=42,
        heads=3,
        feed_forward=59,
        encoder_layers=3,
        decoder_layers=2,
        max_length=61,
    )
    return Transformer(config).eval()
