"""Spreadsheets read, spoiled and calculated again, by LibreOffice and by the ``formulas`` package."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest
from openpyxl.utils import range_boundaries

SOFFICE = shutil.which("soffice") or shutil.which("libreoffice")
needs_libreoffice = pytest.mark.skipif(SOFFICE is None, reason="LibreOffice (soffice) is not installed")

# "Always" for Excel files; LibreOffice otherwise trusts the cached values. Without a locale it takes the system's.
_SETTING = '<item oor:path="{path}"><prop oor:name="{name}" oor:op="fuse"><value>{value}</value></prop></item>'
_PROFILE = '<?xml version="1.0" encoding="UTF-8"?><oor:items xmlns:oor="http://openoffice.org/2001/registry">{items}</oor:items>'

Values = dict[str, Any]  # "Sheet!A1" → value


def values_of(content: bytes) -> Values:
    """Every cell's cached value."""
    book = openpyxl.load_workbook(io.BytesIO(content), data_only=True)
    return {
        f"{s.title}!{c.coordinate}": c.value
        for s in book
        for line in s.iter_rows()
        for c in line
        if c.value is not None
    }


def matrix(values: Values, sheet: str, top: int, rows: int, columns: int) -> np.ndarray:
    """The numbers of a block whose first cell is B``top``."""
    name = openpyxl.utils.get_column_letter
    return np.array(
        [[values[f"{sheet}!{name(2 + j)}{top + i}"] for j in range(columns)] for i in range(rows)], dtype=float
    )


def row_of(values: Values, sheet: str, text: str) -> int:
    """The row where ``text`` stands in the first column."""
    return next(
        int(cell.split("!A")[1]) for cell, value in values.items() if value == text and cell.startswith(f"{sheet}!A")
    )


def rewritten(content: bytes, change: Callable[[str, str], str]) -> bytes:
    """The file with ``change(member name, XML)`` applied to each sheet."""
    old, new = zipfile.ZipFile(io.BytesIO(content)), io.BytesIO()
    with zipfile.ZipFile(new, "w", zipfile.ZIP_DEFLATED) as out:
        for name in old.namelist():
            data = old.read(name)
            out.writestr(name, change(name, data.decode()) if name.startswith("xl/worksheets/sheet") else data)
    return new.getvalue()


def without_cache(content: bytes) -> bytes:
    """The file with 77 as the cached value of every formula, and of every cell of an array formula."""

    def spoil(_: str, xml: str) -> str:
        inside = set()
        for reference in re.findall(r'<f t="array" ref="([^"]+)"', xml):
            left, top, right, bottom = _bounds(reference)
            inside |= {
                f"{openpyxl.utils.get_column_letter(c)}{r}"
                for c in range(left, right + 1)
                for r in range(top, bottom + 1)
            }

        def cell(found: re.Match[str]) -> str:
            name, look, formula = found.group(1, 2, 3)
            if not formula and name not in inside:
                return found.group()
            look = look.replace(' t="str"', "")
            return f'<c r="{name}"{look}>{formula or ""}<v>77</v></c>'

        return re.sub(r'<c r="([A-Z]+\d+)"([^>]*)>(<f.*?</f>)?<v>[^<]*</v></c>', cell, xml)

    return rewritten(content, spoil)


def with_formula(content: bytes, old: str, new: str) -> bytes:
    """The file with the formula text ``old`` replaced, on the first sheet that has it."""
    done: list[str] = []

    def change(name: str, xml: str) -> str:
        if done or old not in xml:
            return xml
        done.append(name)
        return xml.replace(old, new)

    changed = rewritten(content, change)
    assert done, f"no formula has {old}"
    return changed


def _bounds(reference: str) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of ``B4:D9``, from 1."""
    left, top, right, bottom = (int(number or 0) for number in range_boundaries(reference))
    return left, top, right, bottom


def by_libreoffice(
    files: dict[str, bytes], folder: Path, locale: str | None = None, to: str = "xlsx"
) -> dict[str, bytes]:
    """Each file opened by LibreOffice, calculated again in any case, and saved."""
    assert SOFFICE is not None
    settings = [("/org.openoffice.Office.Calc/Formula/Load", "OOXMLRecalcMode", "0")]
    if locale:
        settings.append(("/org.openoffice.Setup/L10N", "ooSetupSystemLocale", locale))
    profile = folder / "profile"
    (profile / "user").mkdir(parents=True)
    items = "".join(_SETTING.format(path=p, name=n, value=v) for p, n, v in settings)
    (profile / "user" / "registrymodifications.xcu").write_text(_PROFILE.format(items=items), "utf-8")
    given, made = folder / "given", folder / "made"
    given.mkdir()
    for name, content in files.items():
        (given / f"{name}.xlsx").write_bytes(content)
    command: Sequence[str] = [
        SOFFICE, f"-env:UserInstallation={profile.as_uri()}", "--headless", "--convert-to", to, "--outdir", str(made),
        *(str(given / f"{name}.xlsx") for name in files),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    # a text format writes the sheet's name behind the file's
    written = {name: [*made.glob(f"{name}.{to.split(':')[0]}"), *made.glob(f"{name}-*.csv")] for name in files}
    assert all(len(paths) == 1 for paths in written.values()), done.stdout + done.stderr
    return {name: path.read_bytes() for name, [path] in written.items()}


def by_formulas(content: bytes, folder: Path) -> Values:
    """Every formula calculated by the ``formulas`` package."""
    import formulas

    path = folder / "book.xlsx"
    path.write_bytes(content)
    solution = formulas.ExcelModel().loads(str(path)).finish().calculate()
    book = openpyxl.load_workbook(path, read_only=False)
    names = {sheet.title.upper(): sheet.title for sheet in book}
    found: Values = {}
    for key, ranges in solution.items():
        match = re.fullmatch(r"'\[book\.xlsx\](\w+)'!([A-Z]+\d+(?::[A-Z]+\d+)?)", str(key))
        if match is None:
            continue
        left, top, right, bottom = _bounds(match.group(2))
        grid = np.asarray(ranges.value, dtype=object)
        for i in range(bottom - top + 1):
            for j in range(right - left + 1):
                cell = f"{openpyxl.utils.get_column_letter(left + j)}{top + i}"
                found[f"{names[match.group(1)]}!{cell}"] = grid[i, j]
    return found
