"""The page at ``/``: one file of the package that asks nothing of any other server."""

from __future__ import annotations

import base64
import hashlib
import re
from importlib.resources import files


def page() -> tuple[str, dict[str, str]]:
    """The page, and headers that let only its own script and style run and only this server be asked."""
    html = files(__package__).joinpath("page.html").read_text("utf-8")

    def digest(tag: str) -> str:
        [text] = re.findall(rf"<{tag}>(.*?)</{tag}>", html, re.DOTALL)
        return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"

    policy = (
        f"default-src 'none'; script-src {digest('script')}; style-src {digest('style')}; connect-src 'self'; "
        "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return html, {"content-security-policy": policy, "referrer-policy": "no-referrer", "cache-control": "no-cache"}
