"""The user's settings: defaults of the commands' options, from the environment and from one TOML file.

What is typed on the command line wins, then ``TRANSLATOR_…`` in the environment, then the file, then the default. The
commands know nothing of it: what was set is put where Typer looks for an option's default.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from translator.config import SearchConfig
from translator.errors import InputError, OutputError, TranslatorError, UsageError, did_you_mean
from translator.files import DEFAULT_MODEL

Value = bool | int | float | str
_TRUTH = dict.fromkeys(("true", "yes", "on", "1"), True) | dict.fromkeys(("false", "no", "off", "0"), False)


@dataclass(frozen=True)
class Setting:
    """One key of the settings file, named like the option whose default it is."""

    key: str
    default: Value  # of the option itself; its type is the setting's
    help: str
    choices: tuple[str, ...] = ()

    @property
    def variable(self) -> str:
        """Its name in the environment."""
        return f"TRANSLATOR_{self.key.upper()}"

    def checked(self, value: Any) -> Value:
        """``value``, if it can be set. Raises ``UsageError``."""
        kind = type(self.default)
        if kind is float and type(value) is int:
            value = float(value)
        if type(value) is not kind or (self.choices and value not in self.choices) or value == "":
            words = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}
            takes = f"one of {', '.join(self.choices)}" if self.choices else words[kind]
            raise UsageError(f"{self.key} is {value!r}; it takes {takes}")
        if hasattr(SearchConfig, self.key):
            SearchConfig.from_dict({"beam": 64, self.key: value})  # raises UsageError on a value out of its range
        return os.path.expanduser(str(value)) if self.key == "model" else value

    def parse(self, text: str) -> Value:
        """The value that ``text`` writes. Raises ``UsageError``."""
        value: Value = text
        if isinstance(self.default, bool):
            value = _TRUTH.get(text.lower(), text)
        else:
            with suppress(ValueError):
                value = type(self.default)(text)
        return self.checked(value)


_D = SearchConfig
_COLORS, _THEMES, _ENGINES = ("auto", "always", "never"), ("auto", "dark", "light"), ("auto", "ctranslate2", "torch")
_ALL = (
    Setting("model", DEFAULT_MODEL, "Name of a shipped model, or a model folder."),
    Setting("engine", "auto", "What computes: the fast engine, or the reference.", _ENGINES),
    Setting("beam", _D.beam, "Hypotheses kept while searching; 1 is greedy."),
    Setting("length_penalty", _D.length_penalty, "GNMT length penalty; higher favours longer translations."),
    Setting("n_best", _D.n_best, "Translations shown for each text."),
    Setting("color", "auto", "When to use colour.", _COLORS),
    Setting("theme", "auto", "Ground of the terminal that colours are for.", _THEMES),
    Setting("quiet", False, "Neither warnings nor progress on standard error."),
    Setting("history", True, "Keep what is typed at the prompt."),
)
SETTINGS: dict[str, Setting] = {setting.key: setting for setting in _ALL}
_WAY_OUT = "mend the file, or name another one in TRANSLATOR_CONFIG"


def setting_named(key: str) -> Setting:
    """Raises ``UsageError`` naming the nearest key there is."""
    if key in SETTINGS:
        return SETTINGS[key]
    hint = f"{did_you_mean(key.replace('-', '_'), SETTINGS)}settings: {', '.join(SETTINGS)}"
    raise UsageError(f"unknown setting {key!r}", hint)


def settings_file() -> Path:
    """Where the settings are kept: ``TRANSLATOR_CONFIG``, or ``config.toml`` in the user's configuration folder."""
    if named := os.environ.get("TRANSLATOR_CONFIG"):
        return Path(named)
    if sys.platform == "linux":  # what platformdirs would say, without the time to import it at every start
        base = os.environ.get("XDG_CONFIG_HOME", "")
        folder = Path(base if os.path.isabs(base) else os.path.expanduser("~/.config")) / "translator"
    else:
        from platformdirs import user_config_path

        folder = user_config_path("translator", appauthor=False)
    return folder / "config.toml"


def read_file(path: Path) -> dict[str, Value]:
    """The settings of a file; none if there is no file. Raises ``InputError`` naming file, line and key."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}", _WAY_OUT) from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 (byte {error.start + 1})", _WAY_OUT) from error
    import tomllib  # only where there is a file

    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        hint = 'a line is: key = value, as in beam = 4 or color = "never"'
        raise InputError(f"{path} is not TOML: {error}", hint) from error
    values: dict[str, Value] = {}
    for key, value in data.items():
        try:
            values[key] = setting_named(key).checked(value)
        except UsageError as error:
            found = _assignment(key).search(text)
            line = text.count("\n", 0, found.start() if found else 0) + 1
            raise InputError(f"{path}, line {line}: {error.message}", error.hint or _WAY_OUT) from error
    return values


def _assignment(key: str) -> re.Pattern[str]:
    return re.compile(rf"""^[ \t]*\[?[ \t]*["']?{re.escape(key)}["']?[ \t]*[=.\]].*$""", re.MULTILINE)


class Settings(NamedTuple):
    """What is set, and where: ``sources`` names the file or the variable."""

    values: Mapping[str, Value]
    sources: Mapping[str, str]
    error: TranslatorError | None = None  # why nothing could be read

    def checked(self) -> Settings:
        """These settings. Raises their error."""
        if self.error:
            raise self.error
        return self


def read_settings() -> Settings:
    """Settings in force. A mistake is not raised but returned, so that it can still be mended by command."""
    try:
        path = settings_file()
        values = read_file(path)
        sources = dict.fromkeys(values, str(path))
        for key, setting in SETTINGS.items():
            if text := os.environ.get(setting.variable):
                try:
                    values[key], sources[key] = setting.parse(text), setting.variable
                except UsageError as error:
                    what = f"{setting.variable} in the environment: {error.message}"
                    raise UsageError(what, error.hint) from error
    except TranslatorError as error:
        return Settings({}, {}, error)
    return Settings(values, sources)


def write_setting(path: Path, key: str, value: Value | None) -> None:
    """Put one key into the file, or take it out; other lines stay as they are, comments included.

    Raises ``InputError`` if the file is not readable as settings, ``OutputError`` if it cannot be written.
    """
    new = {} if value is None else {key: value}
    wanted = {k: v for k, v in read_file(path).items() if k != key} | new
    import tomllib

    import tomli_w

    from translator.commands.console import open_output

    text = path.read_bytes().decode("utf-8-sig") if path.exists() else ""
    if found := _assignment(key).search(text):
        changed = text[: found.start()] + tomli_w.dumps(new) + text[found.end() + 1 :]
    else:
        changed = text + ("\n" if text and not text.endswith("\n") else "") + tomli_w.dumps(new)
    kept = None
    with suppress(tomllib.TOMLDecodeError):
        kept = tomllib.loads(changed)
    if kept != wanted:  # a value over several lines; comments are lost, no setting is
        changed = tomli_w.dumps(wanted)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{path.parent} cannot be made: {error.strerror}") from error
    with open_output(path, force=True) as file:
        file.write(changed)
