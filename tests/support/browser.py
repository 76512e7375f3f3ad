"""A headless Chromium, driven over the W3C WebDriver protocol with the standard library alone."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
DRIVER = shutil.which("chromedriver")
KEYS = {
    "Tab": "\ue004",
    "Enter": "\ue007",
    "Left": "\ue012",
    "Up": "\ue013",
    "Right": "\ue014",
    "Down": "\ue015",
    "Escape": "\ue00c",
    "F2": "\ue032",
}

# Texts of a page that are too faint, and buttons that are too small or have no name (WCAG 2.2, 1.4.3 and 2.5.8).
FAINT_OR_SMALL = """
const light = colour => {
  const part = v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
  const [r, g, b] = colour.match(/[\\d.]+/g).map(Number).map(part);
  return .2126 * r + .7152 * g + .0722 * b;
};
const ground = e => {  // the colour behind a text; none where it shines through, or the text stands beside its parent
  for (; e; e = e.parentElement) {
    if (e.className === 'percent') return null;
    const parts = getComputedStyle(e).backgroundColor.match(/[\\d.]+/g);
    if (parts.length < 4 || +parts[3] === 1) return getComputedStyle(e).backgroundColor;
    if (+parts[3]) return null;
  }
};
const found = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const text = walker.currentNode.data.trim(), e = walker.currentNode.parentElement, behind = ground(e);
  if (!text || !behind || !e.getBoundingClientRect().width || e.closest('script, style, noscript')) continue;
  const [dark, bright] = [light(getComputedStyle(e).color), light(behind)].sort((a, b) => a - b);
  if ((bright + .05) / (dark + .05) < 4.5) found.push('faint: ' + text);
}
for (const e of document.querySelectorAll('button, summary, .options label')) {
  const box = e.getBoundingClientRect();
  if (box.width && Math.min(box.width, box.height) < 23.9) found.push('small: ' + e.textContent);
  if (!e.textContent.trim() && !e.getAttribute('aria-label')) found.push('nameless: ' + e.outerHTML);
}
return found;
"""


class Browser:
    """One window."""

    def __init__(self, port: int) -> None:
        self._base = f"http://127.0.0.1:{port}"
        options = {
            "binary": CHROMIUM,
            "args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"],
        }
        wanted = {"goog:chromeOptions": options, "goog:loggingPrefs": {"performance": "ALL", "browser": "ALL"}}
        session = self._call("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
        self._base += f"/session/{session['sessionId']}"

    def _call(self, method: str, path: str, body: object = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._base + path, data, {"Content-Type": "application/json"}, method=method)
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60) as response:
            return json.load(response)["value"]

    def open(self, page: Path | str) -> None:
        """A file, or an address."""
        self._call("POST", "/url", {"url": page if isinstance(page, str) else page.resolve().as_uri()})

    def run(self, script: str, *args: object) -> Any:
        """The value that a function body of JavaScript returns."""
        return self._call("POST", "/execute/sync", {"script": script, "args": list(args)})

    def devtools(self, command: str, **params: object) -> Any:
        return self._call("POST", "/goog/cdp/execute", {"cmd": command, "params": params})

    def resize(self, width: int, height: int) -> None:
        """The size of the page itself, however narrow."""
        self.devtools(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )

    def prefer(self, scheme: str) -> None:
        self.devtools("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        script = """
            const asked = matchMedia('(prefers-color-scheme: ' + arguments[0] + ')');
            return new Promise(done => {
              const look = left => asked.matches && left < 1 ? setTimeout(done)
                : requestAnimationFrame(() => look(left - 1));
              look(3);
            });"""
        self.run(script, scheme)  # the page has heard of it, and had time to draw

    def press(self, *names: str) -> None:
        """Real key strokes, where the focus is."""
        strokes = [{"type": kind, "value": KEYS.get(n, n)} for n in names for kind in ("keyDown", "keyUp")]
        self._call("POST", "/actions", {"actions": [{"type": "key", "id": "keys", "actions": strokes}]})

    def hover(self, selector: str) -> None:
        """Move a real mouse to the middle of an element."""
        x, y = self.run(
            "const e = document.querySelector(arguments[0]); e.scrollIntoView({block: 'center'});"
            "const r = e.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]",
            selector,
        )
        move = {"type": "pointerMove", "duration": 0, "x": round(x), "y": round(y)}
        self._call("POST", "/actions", {"actions": [{"type": "pointer", "id": "mouse", "actions": [move]}]})

    def click(self, selector: str) -> None:
        """Move a real mouse to the middle of an element and press its button."""
        self.hover(selector)
        strokes = [{"type": kind, "button": 0} for kind in ("pointerDown", "pointerUp")]
        self._call("POST", "/actions", {"actions": [{"type": "pointer", "id": "mouse", "actions": strokes}]})

    def until(self, condition: str, *args: object) -> Any:
        """What an expression of JavaScript gives as soon as it is true. Raises ``AssertionError`` after 20 seconds."""
        end = time.monotonic() + 20
        while time.monotonic() < end:
            if found := self.run(f"return {condition}", *args):
                return found
            time.sleep(0.05)
        raise AssertionError(f"never true: {condition}")

    def log(self, kind: str) -> list[dict[str, Any]]:
        """Entries since the last call: "browser" (console, policy violations) or "performance" (DevTools events)."""
        entries = self._call("POST", "/se/log", {"type": kind})
        return [json.loads(e["message"])["message"] if kind == "performance" else e for e in entries]

    def picture(self, path: Path) -> None:
        """The whole page as a PNG."""
        height = self.run("return document.documentElement.scrollHeight")
        width = self.run("return innerWidth")
        clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
        shot = self.devtools("Page.captureScreenshot", captureBeyondViewport=True, clip=clip)
        path.write_bytes(base64.b64decode(shot["data"]))

    def close(self) -> None:
        self._call("DELETE", "")


@contextmanager
def browser() -> Iterator[Browser]:
    """Chromium for as long as the block lasts."""
    assert DRIVER is not None
    with tempfile.TemporaryFile("w+") as log:
        driver = subprocess.Popen([DRIVER, "--port=0"], stdout=subprocess.PIPE, stderr=log, text=True)
        try:
            assert driver.stdout is not None
            line = next(line for line in driver.stdout if "successfully on port" in line)
            window = Browser(int(line.split("port")[-1].strip(" .\n")))
            try:
                yield window
            finally:
                window.close()
        finally:
            driver.terminate()
            driver.wait(10)
            if driver.stdout is not None:
                driver.stdout.close()
