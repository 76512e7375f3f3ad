"""Every command: under what a person wants of it, where its code is, and what it does in a line.

A command's module is imported when the command is asked for, and the list of all without importing any.
"""

from __future__ import annotations

from typing import NamedTuple


class Entry(NamedTuple):
    """A command of the program. ``place`` is ``module:name`` below ``translator.commands``."""

    section: str
    place: str
    summary: str


_ALL = {
    "Translate": {
        "translate": ("translate.command:translate", "Translate texts, lines or documents; the name may be left out."),
        "bulk": ("bulk.command:bulk", "Translate large files by shards, in processes or on a cluster."),
        "serve": ("serve.command:serve", "Serve translations to programs, and on a page."),
        "align": ("align.command:align", "Align the words of texts with those of their translations."),
    },
    "Look inside": {
        "attend": ("attend.command:attend", "See where the model looked, word by word."),
        "trace": ("trace.command:trace", "Follow one word through one attention head, step by step."),
        "layers": ("lens.command:layers", "See the translation form, layer by layer."),
        "next": ("lens.command:next_piece", "See which piece comes next, and how probable it is."),
        "tokens": ("tokens:tokens", "See the pieces a text is cut into."),
        "embed": ("vectors.command:embed", "See what lies near a word among the embeddings."),
        "similar": ("vectors.command:similar", "Compare the words of two sentences."),
        "context": ("vectors.command:context", "See context change the vector of a word."),
        "sheet": ("sheet.command:sheet", "Write a spreadsheet that computes one attention head."),
        "tour": ("tour.command:tour", "Walk through the whole model on one sentence."),
        "params": ("params:params", "Count a model's parameters and operations."),
    },
    "Your own corpus and model": {
        "corpus": ("corpus.command:app", "Check, mend, split, convert and make training text."),
        "train": ("train.command:train", "Train a model, or adapt one to your texts."),
        "plot": ("train.plot:plot", "Draw the curves of trainings."),
        "average": ("average:average", "Average the weights of several models into one."),
        "subwords": ("subwords:app", "Give a model pieces for more characters."),
        "export": ("export:export", "Write a model's weights for the fast engine."),
    },
    "Measure": {
        "evaluate": ("evaluate.command:evaluate", "Measure a model: BLEU, chrF2++, TER, speed."),
        "compare": ("compare.command:compare", "Tell which of two systems is better, and whether by chance."),
        "bench": ("bench.command:bench", "Measure how fast a model is on this machine."),
        "calibrate": ("calibrate:calibrate", "Fit what --confidence tells."),
        "align-eval": ("align_eval:align_eval", "Measure word alignments against gold."),
    },
    "This installation": {
        "config": ("config:app", "Show and change your settings."),
        "help": ("help:help", "Explain a topic or a command."),
    },
}
COMMANDS = {
    name: Entry(section, place, summary) for section, inner in _ALL.items() for name, (place, summary) in inner.items()
}
