"""What a fresh process holds after some code."""

from __future__ import annotations

import subprocess
import sys

__all__ = ["loaded_after"]


def loaded_after(code: str) -> set[str]:
    """Top-level modules that a fresh process holds after ``code``."""
    script = f"{code}\nimport sys; print('modules:', *sorted({{name.split('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split()[1:])
