"""Sentences that several tests share."""

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
