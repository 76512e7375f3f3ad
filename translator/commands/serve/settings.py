"""What may be asked of ``translator serve``, declared once: its options are derived from this."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from translator.commands.options import check_ranges
from translator.config import Range, setting
from translator.errors import InputError
from translator.files import DEFAULT_MODEL

_LIMITS, _DOORS = "Limits", "Who may come in"
_ANY, _SOME = Range(least=-1), Range(least=1)


@dataclass(frozen=True)
class Serving:
    """Every option, with its default."""

    host: str = setting("127.0.0.1", "Address to listen at; 0.0.0.0 lets other machines in.")
    port: int = setting(5000, "Port to listen at; 0 takes a free one.", Range(least=0, most=65535))
    model: str = setting(DEFAULT_MODEL, "Name of a shipped model, or a model folder.", takes="MODEL")
    engine: str = setting("auto", "What computes: the fast engine, or the reference.", takes="auto|ctranslate2|torch")
    char_limit: int = setting(10_000, "Characters of a request, -1: any number.", _ANY, group=_LIMITS)
    batch_limit: int = setting(500, "Texts of a request, -1: any number.", _ANY, group=_LIMITS)
    file_limit: int = setting(5, "Megabytes of a document.", _SOME, group=_LIMITS)
    time_limit: int = setting(
        60, "Seconds that a request may take, a document ten times as many.", _SOME, group=_LIMITS
    )
    read_limit: int = setting(10, "Seconds that a request may take to arrive.", _SOME, group=_LIMITS)
    queue_limit: int = setting(20_000, "Passages that may wait for the engine.", _SOME, group=_LIMITS)
    rate_limit: int = setting(0, "Requests a minute from one address, 0: any number.", Range(least=0), group=_LIMITS)
    api_keys: Path | None = setting(None, "A file of keys, one a line, of which a request needs one.", group=_DOORS)
    cors: list[str] | None = setting(
        None, "A site whose pages may use the server, or *; may be repeated.", group=_DOORS, takes="ORIGIN"
    )

    def __post_init__(self) -> None:
        check_ranges(self)

    def keys(self) -> frozenset[str]:
        """The keys that let a request in; none: all may come in. Raises ``InputError``."""
        if self.api_keys is None:
            return frozenset()
        try:
            lines = self.api_keys.read_text("utf-8").split("\n")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
            raise InputError(f"{self.api_keys} cannot be read: {reason}", "write a key on each line") from error
        found = frozenset(line.strip() for line in lines if line.strip() and not line.startswith("#"))
        if not found:
            raise InputError(f"{self.api_keys} holds no key", "write a key on each line")
        return found
