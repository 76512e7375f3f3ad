"""environment.json: versions and machine of a run, with an entry for each time they changed."""

from __future__ import annotations

import json
import os
import platform
import shlex
import subprocess
import sys
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import torch

import translator
from translator.files import write_file

_PACKAGES = ("translator", "torch", "sentencepiece", "numpy", "safetensors")
_SELF = {"started", "step", "command"}  # what may differ between two parts of a run without any effect


def record_environment(path: Path, device: str, step: int, digests: dict[str, str]) -> list[str]:
    """Write down what the run goes on with from ``step``; returns what changed since it last ran, in words.

    ``digests`` is SHA-256 by file read. Raises ``OutputError``.
    """
    sessions: list[dict[str, Any]] = []
    if step:
        with suppress(OSError, ValueError, KeyError, TypeError):  # a run older than this file, or somebody removed it
            sessions = json.loads(path.read_text("utf-8"))["sessions"]
    now = _environment(device)
    before = {key: value for key, value in sessions[-1].items() if key not in _SELF} if sessions else None
    if before == now:
        return []
    started = datetime.now(UTC).isoformat(timespec="seconds")
    sessions.append({"started": started, "step": step, "command": shlex.join(sys.argv), **now})
    write_file(path, json.dumps({"corpora": digests, "sessions": sessions}, indent=2, ensure_ascii=False) + "\n")
    return [f"{key} was {before.get(key)}, now {now[key]}" for key in now if before and before.get(key) != now[key]]


def _environment(device: str) -> dict[str, Any]:
    """Versions, machine and revision, as plain data; ``None`` for what is not known."""
    return {
        "python": platform.python_version(),
        **{name: _version(name) for name in _PACKAGES},
        "platform": platform.platform(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "device": torch.cuda.get_device_name() if device == "cuda" else device,
        "git": _revision(),
    }


def _version(package: str) -> str | None:
    with suppress(PackageNotFoundError):
        return version(package)
    return None


def _processor() -> str | None:
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
        return None
    return platform.processor() or None


def _revision() -> str | None:
    """The commit this program was checked out at, if it was, and whether files were changed since."""
    root = Path(translator.__file__).parent.parent
    if not (root / ".git").exists():
        return None
    command = ["git", "-C", str(root), "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    with suppress(OSError, subprocess.SubprocessError):
        return subprocess.run(command, capture_output=True, text=True, timeout=10, check=True).stdout.strip()
    return None
