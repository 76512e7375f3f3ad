"""What a user's mistake gets, whichever the command."""

from __future__ import annotations

__all__ = ["is_told"]


def is_told(result: tuple[int, str, str], says: str) -> None:
    """Exit code 2, ``says`` on standard error, nothing on standard output, no traceback."""
    code, out, err = result
    assert (code, out) == (2, "")
    assert says in " ".join(err.split())
    assert "Traceback" not in err
