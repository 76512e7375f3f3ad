"""``translator serve``: other programs, and a page, use the translator."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from translator.commands.console import engine_named, stderr
from translator.commands.options import with_settings
from translator.commands.serve.settings import Serving
from translator.draw.language import say
from translator.errors import UsageError


@with_settings(Serving, defaults=True)
def serve(**given: Any) -> None:
    """Serve translations over HTTP: LibreTranslate's interface, and a page to translate on.

    It listens at this machine alone unless --host says otherwise, and writes no text down. SIGTERM ends it when all
    that came in is answered.

    Example: translator serve --port 5000
    """
    serving = Serving(**given)
    missing = [name for name in ("starlette", "uvicorn", "python_multipart") if find_spec(name) is None]
    if missing:
        raise UsageError(f"serving needs {', '.join(missing)}", "install it with: pip install 'translator[serve]'")
    from translator.commands.serve.app import make_app
    from translator.commands.serve.gate import Metrics
    from translator.commands.serve.server import listen, run
    from translator.translation import Translator

    engine = engine_named(serving.engine)
    listening = listen(serving.host, serving.port)
    metrics = Metrics()
    app = make_app(Translator.load(serving.model, engine), serving, metrics)
    port = listening.getsockname()[1]
    host = f"[{serving.host}]" if ":" in serving.host else serving.host
    stderr().print(say(f"serving at http://{host}:{port} (Ctrl-C ends)"), soft_wrap=True)
    run(app, serving, metrics, listening)
