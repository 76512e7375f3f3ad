"""The user's settings: defaults of the commands' options, from the environment and from one TOML file.

What is typed on the command line wins, then ``TRANSLATOR_…`` in the environment, then the file, then the default. The
commands know nothing of it: ``default_map`` puts what was set where Typer looks for an option's default.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from translator.config import SearchConfig
from translator.errors import InputError, OutputError, TranslatorError, UsageError
from translator.files import DEFAULT_MODEL

Value = bool | int | float | str
_TRUE, _FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0")


@dataclass(frozen=True)
class Setting:
    """One key of the settings file, named like the option whose default it is."""

    key: str
    default: Value  # of the option itself; its type is the setting's
    help: str
    choices: tuple[str, ...] = ()
    check: Callable[[Any], object] = bool  # raises UsageError on a value out of its range

    @property
    def variable(self) -> str:
        """Its name in the environment."""
        return f"TRANSLATOR_{self.key.upper()}"

    @property
    def takes(self) -> str:
        """What it accepts, in words."""
        if self.choices:
            return f"one of {', '.join(self.choices)}"
        return {bool: "true or false", int: "a whole number", float: "a number", str: "text"}[type(self.default)]


_ALL = (
    Setting("model", DEFAULT_MODEL, "Name of a shipped model, or a model folder."),
    Setting("engine", "auto", "What computes: the fast engine, or the reference.", ("auto", "ctranslate2", "torch")),
    Setting(
        "beam", SearchConfig.beam, "Hypotheses kept while searching; 1 is greedy.", check=lambda v: SearchConfig(beam=v)
    ),
    Setting(
        "length_penalty",
        SearchConfig.length_penalty,
        "GNMT length penalty; higher favours longer translations.",
        check=lambda v: SearchConfig(length_penalty=v),
    ),
    Setting(
        "n_best",
        SearchConfig.n_best,
        "Translations shown for each text.",
        check=lambda v: SearchConfig(beam=64, n_best=v),
    ),
    Setting("color", "auto", "When to use colour.", ("auto", "always", "never")),
    Setting("theme", "auto", "Ground of the terminal that colours are for.", ("auto", "dark", "light")),
    Setting("quiet", False, "Neither warnings nor progress on standard error."),
    Setting("history", True, "Keep what is typed at the prompt."),
)
SETTINGS: dict[str, Setting] = {setting.key: setting for setting in _ALL}


def setting_named(key: str) -> Setting:
    """Raises ``UsageError`` naming the nearest key there is."""
    if key in SETTINGS:
        return SETTINGS[key]
    from difflib import get_close_matches

    near = get_close_matches(key.replace("-", "_"), SETTINGS, n=1)
    hint = f"did you mean {near[0]}? " if near else ""
    raise UsageError(f"unknown setting {key!r}", f"{hint}settings: {', '.join(SETTINGS)}")


def parse(setting: Setting, text: str) -> Value:
    """The value that ``text`` writes. Raises ``UsageError``."""
    value: Value = text
    kind = type(setting.default)
    if kind is bool and text.lower() in _TRUE + _FALSE:
        value = text.lower() in _TRUE
    elif kind in (int, float):
        try:
            value = kind(text)
        except ValueError:
            value = text
    return _checked(setting, value)


def _checked(setting: Setting, value: Any) -> Value:
    kind = type(setting.default)
    if kind is float and type(value) is int:
        value = float(value)
    if type(value) is not kind or (setting.choices and value not in setting.choices) or value == "":
        raise UsageError(f"{setting.key} is {value!r}; it takes {setting.takes}")
    setting.check(value)
    if setting.key == "model":
        return os.path.expanduser(str(value))
    checked: Value = value
    return checked


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
        raise InputError(
            f"{path} is not TOML: {error}", 'a line is: key = value, as in beam = 4 or color = "never"'
        ) from (error)
    values: dict[str, Value] = {}
    for key, value in data.items():
        try:
            values[key] = _checked(setting_named(key), value)
        except UsageError as error:
            raise InputError(f"{path}, line {_line_of(key, text)}: {error.message}", error.hint or _WAY_OUT) from error
    return values


_WAY_OUT = "mend the file, or name another one in TRANSLATOR_CONFIG"


def _assignment(key: str) -> re.Pattern[str]:
    return re.compile(rf"""^[ \t]*\[?[ \t]*["']?{re.escape(key)}["']?[ \t]*[=.\]].*$""", re.MULTILINE)


def _line_of(key: str, text: str) -> int:
    found = _assignment(key).search(text)
    return text.count("\n", 0, found.start()) + 1 if found else 1


@dataclass(frozen=True)
class Settings:
    """What is set, and where: ``sources`` names the file or the variable."""

    values: Mapping[str, Value]
    sources: Mapping[str, str]
    error: TranslatorError | None = None  # why nothing could be read


def read_settings() -> Settings:
    """Settings in force. A mistake is not raised but returned, so that it can still be mended by command."""
    try:
        path = settings_file()
        values = read_file(path)
        sources = dict.fromkeys(values, str(path))
        for key, setting in SETTINGS.items():
            if text := os.environ.get(setting.variable):
                values[key], sources[key] = _from_environment(setting, text), setting.variable
    except TranslatorError as error:
        return Settings({}, {}, error)
    return Settings(values, sources)


def _from_environment(setting: Setting, text: str) -> Value:
    try:
        return parse(setting, text)
    except UsageError as error:
        raise UsageError(f"{setting.variable} in the environment: {error.message}", error.hint) from error


def default_map(values: Mapping[str, Value], names: Iterable[str | tuple[str, str]]) -> dict[str, Any]:
    """What Typer takes as defaults: each command is offered every setting, and takes those it has an option for.

    A command in a group is named (group, command).
    """
    tree: dict[str, Any] = dict(values)
    for name in names:
        if isinstance(name, str):
            tree[name] = dict(values)
        else:
            group = tree.get(name[0])
            tree[name[0]] = (group if isinstance(group, dict) else dict(values)) | {name[1]: dict(values)}
    return tree


def write_setting(path: Path, key: str, value: Value | None) -> None:
    """Put one key into the file, or take it out; other lines stay as they are, comments included.

    Raises ``InputError`` if the file is not readable as settings, ``OutputError`` if it cannot be written.
    """
    wanted = {k: v for k, v in read_file(path).items() if k != key} | ({} if value is None else {key: value})
    import tomllib

    import tomli_w

    text = path.read_bytes().decode("utf-8-sig") if path.exists() else ""
    line = "" if value is None else tomli_w.dumps({key: value})
    found = _assignment(key).search(text)
    if found:
        changed = text[: found.start()] + line + text[found.end() + 1 :]
    else:
        changed = (text if not text or text.endswith("\n") else text + "\n") + line
    try:
        same = tomllib.loads(changed) == wanted
    except tomllib.TOMLDecodeError:
        same = False
    if not same:  # a value over several lines; comments are lost, no setting is
        changed = tomli_w.dumps(wanted)
    from translator.commands.console import open_output

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{path.parent} cannot be made: {error.strerror}") from error
    with open_output(path, force=True) as file:
        file.write(changed)
