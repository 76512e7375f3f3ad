"""``translator config``: the user's settings, shown and changed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from translator.commands.console import stdout
from translator.commands.options import Json
from translator.commands.settings import SETTINGS, read_settings, setting_named, settings_file, write_setting
from translator.draw.language import say
from translator.files import model_folder

app = typer.Typer(help="Show and change your settings: defaults of the options, kept in one file.")


def _keys() -> list[tuple[str, str]]:
    return [(key, setting.help) for key, setting in SETTINGS.items()]


_Key = Annotated[str, typer.Argument(help="Name of a setting, as `list` shows it.", autocompletion=_keys)]


@app.callback(invoke_without_command=True)
def config(context: typer.Context) -> None:
    """Show and change your settings: defaults of the options, kept in one file.

    The command line wins over TRANSLATOR_… in the environment, and that over the file.

    Example: translator config set beam 6
    """
    if context.invoked_subcommand is None:
        show()


@app.command("list")
def show(as_json: Json = False) -> None:
    """Every setting with its value and where it was set.

    Example: translator config list
    """
    settings = read_settings().checked()
    rows = {
        key: {"value": settings.values.get(key, one.default), "source": settings.sources.get(key, "default")}
        for key, one in SETTINGS.items()
    }
    if as_json:
        print(json.dumps(rows))
        return
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    for title in ("setting", "value", "from", "what it is"):
        table.add_column(say(title), overflow="fold")
    for key, row in rows.items():
        where = row["source"] if row["source"] in ("default", SETTINGS[key].variable) else "file"
        table.add_row(key, Text(_plain(row["value"])), say(str(where)), say(SETTINGS[key].help))
    console = stdout()
    console.print(table)
    console.print(Text("\n" + say(f"file: {settings_file()}"), "dim"))


def _plain(value: object) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return "".join(c if c.isprintable() else "�" for c in text)


@app.command("get")
def get(key: _Key, as_json: Json = False) -> None:
    """Print the value of one setting.

    Example: translator config get model
    """
    setting = setting_named(key)
    value = read_settings().checked().values.get(key, setting.default)
    print(json.dumps(value) if as_json else _plain(value))


@app.command("set", context_settings={"ignore_unknown_options": True})  # a value may begin with a minus
def set_(key: _Key, value: Annotated[str, typer.Argument(help="What to set it to.")]) -> None:
    """Set a setting in the file; comments and other lines stay.

    Example: translator config set color never
    """
    parsed = setting_named(key).parse(value)
    if key == "model":
        model_folder(str(parsed))  # raises CheckpointError if there is none
        if Path(str(parsed)).exists():
            parsed = str(Path(str(parsed)).resolve())  # a model is meant wherever the command runs
    write_setting(settings_file(), key, parsed)


@app.command("unset")
def unset(key: _Key) -> None:
    """Take a setting out of the file, so that its default holds again.

    Example: translator config unset beam
    """
    write_setting(settings_file(), setting_named(key).key, None)


@app.command("path")
def path() -> None:
    """Print where the settings file is, or would be.

    Example: translator config path
    """
    print(settings_file())
