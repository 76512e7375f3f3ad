"""What a first translation has to load: the fast path goes without torch."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from examples import SENTENCES

from translator.model.checkpoint import add_engine

SCRIPT = """
import sys
from translator.cli.app import main
try:
    main(["translate", sys.argv[2], "--model", sys.argv[1]])
finally:
    print(*sorted({"torch", "sacrebleu", "numpy", "ctranslate2"} & {name.split(".")[0] for name in sys.modules}))
"""


def test_translating_on_the_fast_engine_needs_no_torch(trained: Path, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(trained / "best", folder)
    add_engine(folder, "int8")
    argv = [sys.executable, "-c", SCRIPT, str(folder), SENTENCES[0]]
    done = subprocess.run(argv, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [SENTENCES[1], "ctranslate2"]
    assert done.stderr == ""
