"""Colours by name on light and dark grounds, and how the ground is told."""

from __future__ import annotations

import io
import os
import pty
import threading
from collections.abc import Callable
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from translator.commands import terminal
from translator.commands.console import console_for, fresh_global_options, set_global_options
from translator.commands.terminal import scheme_of
from translator.draw.colour import STEPS, Scheme, contrast, heat_step, look, names, stroke_step, terminal_style
from translator.errors import UsageError

SCHEMES = get_args(Scheme)


@given(st.floats(0, 1), st.floats(0, 1), st.sampled_from(SCHEMES))
def test_more_stands_out_more_and_digits_are_readable(a: float, b: float, scheme: Scheme) -> None:
    """Dark is more on light ground, light is more on dark ground."""
    low, high = (look(heat_step(share), scheme) for share in sorted((a, b)))
    ground = look("ground", scheme)
    assert contrast(low, ground) <= contrast(high, ground) + 1e-9
    assert contrast(high, look(f"on-{heat_step(max(a, b))}", scheme)) >= 4.5
    assert contrast(look(stroke_step(a), scheme), ground) >= 3  # WCAG 2.1, 1.4.11: of what is no text


@pytest.mark.parametrize("scheme", SCHEMES)
def test_text_is_readable_and_every_colour_has_its_name_back(scheme: Scheme) -> None:
    for name in ("ink", "pale", "first", "second", "both", "bar", *(f"curve{n}" for n in range(1, 7))):
        assert contrast(look(name, scheme), look("ground", scheme)) >= 4.5
    for hexadecimal, name in names(scheme).items():
        assert look(name, scheme) == hexadecimal
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


def test_sixteen_colours_are_told_apart_by_weight() -> None:
    def no() -> Scheme:
        raise AssertionError("sixteen colours need no ground")

    looks = [terminal_style(f"heat{step}", no, "standard") for step in range(STEPS + 1)]
    assert list(dict.fromkeys(looks)) == ["dim", "", "bold", "bold reverse"]
    assert terminal_style("heat20", lambda: "light", "256") == "#ffffff on #08306b"
    assert terminal_style("heat20", lambda: "dark", "256") == "#000000 on #c6e2ff"
    assert terminal_style("bold", no, "256") is None


def test_the_theme_decides_and_is_asked_once_something_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    for theme, code in (("light", "48;2;8;48;107"), ("dark", "48;2;198;226;255")):
        with fresh_global_options():
            set_global_options(theme=theme)
            out = io.StringIO()
            console_for(out, file=out, color_system="truecolor", force_terminal=True).print("x", style="heat20")
            assert code in out.getvalue()
    with fresh_global_options(), pytest.raises(UsageError, match="--theme blue"):
        set_global_options(theme="blue")
    monkeypatch.setattr(terminal, "_asked", lambda: pytest.fail("nothing was drawn in colour"))
    out = io.StringIO()
    console_for(out, file=out, color_system="truecolor", force_terminal=True).print("[bold]x[/]")
    plain = console_for(out, file=out, color_system="truecolor", force_terminal=True, no_color=True)
    plain.print("x", style="heat20")
    assert out.getvalue().endswith("\x1b[1;7mx\x1b[0m\n")


@pytest.mark.parametrize(
    ("value", "scheme"),
    [("15;0", "dark"), ("0;15", "light"), ("0;default;7", "light"), ("12;8", "dark"), ("", "light")],
)
def test_colorfgbg(monkeypatch: pytest.MonkeyPatch, value: str, scheme: str) -> None:
    monkeypatch.setattr(terminal, "_asked", lambda: None)
    monkeypatch.setenv("COLORFGBG", value)
    assert scheme_of("auto") == scheme
    assert scheme_of("dark") == "dark"


def answering(answer: bytes, ask: Callable[[], object]) -> object:
    """What ``ask`` gets where the terminal answers so, once it is asked who it is."""
    leader, follower = pty.openpty()
    seen = b""

    def terminal_side() -> None:
        nonlocal seen
        while not seen.endswith(b"\x1b[c"):
            seen += os.read(leader, 100)
        os.write(leader, answer)

    thread = threading.Thread(target=terminal_side)
    thread.start()
    with os.fdopen(follower, "r+b", buffering=0) as file, pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdin", file)
        patch.setattr("sys.stdout", file)
        patch.setenv("TERM", "xterm-256color")
        terminal._asked.cache_clear()
        found = ask()
        terminal._asked.cache_clear()
        thread.join()
    os.close(leader)
    assert seen.startswith(b"\x1b]11;?")
    return found


@pytest.mark.parametrize(
    ("answer", "scheme"),
    [
        (b"\x1b]11;rgb:1e1e/1e1e/2e2e\x1b\\\x1b[?62;c", "dark"),
        (b"\x1b]11;rgb:ffff/fafa/e5e5\x07\x1b[?1;2c", "light"),
        (b"\x1b[?1;2c", None),  # a terminal that does not tell
    ],
)
def test_a_terminal_is_asked_for_its_ground(answer: bytes, scheme: str | None) -> None:
    assert answering(answer, terminal._asked) == scheme
