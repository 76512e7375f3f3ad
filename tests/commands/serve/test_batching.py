"""The queue in front of the engine, with a translator that only writes down what it is asked."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, cast

import pytest
from servers import READY

if not READY:
    pytest.skip("needs the extra: pip install 'translator[serve]'", allow_module_level=True)

from starlette.exceptions import HTTPException

from translator.commands.serve.batching import Batcher
from translator.commands.serve.gate import Metrics, _told
from translator.config import SearchConfig
from translator.translation import TranslateOptions, Translation, Translator


class Scribe:
    """Turns letters round; waits with each call until it is let go."""

    def __init__(self) -> None:
        self.calls: list[list[str]] = []
        self.go = threading.Semaphore(0)

    def translate_batch(self, texts: Sequence[str], **_: Any) -> list[Translation]:
        self.go.acquire(timeout=20)
        self.calls.append(list(texts))
        if "bad" in texts:
            raise ValueError("bad")
        return [Translation(text, text[::-1], "en-pt") for text in texts]


Asked = Callable[..., Coroutine[Any, Any, list[str]]]


def with_batcher(test: Callable[[Scribe, Asked, Batcher], Awaitable[None]], room: int = 1000) -> Metrics:
    """Run ``test`` within an event loop."""
    metrics, scribe = Metrics(), Scribe()

    async def run() -> None:
        batcher = Batcher(cast("Translator", scribe), metrics, room)

        async def ask(*passages: str, **more: Any) -> list[str]:
            given: dict[str, Any] = {
                "direction": "en-pt",
                "config": SearchConfig(),
                "options": TranslateOptions(),
            } | more
            return [one.target for one in await batcher.translate(passages, **given)]

        try:
            await test(scribe, ask, batcher)
        finally:
            await batcher.close()

    asyncio.run(run())
    assert metrics.waiting == 0
    return metrics


def test_what_comes_while_the_engine_works_goes_together() -> None:
    async def test(scribe: Scribe, ask: Asked, _: Batcher) -> None:
        tasks = [asyncio.create_task(ask("ab"))]
        await asyncio.sleep(0.05)  # it is alone, and goes at once
        tasks += [asyncio.create_task(ask(f"c{n}", f"d{n}")) for n in range(5)]
        tasks.append(asyncio.create_task(ask("pt", direction="pt-en")))
        await asyncio.sleep(0.05)
        scribe.go.release(3)
        assert await asyncio.gather(*tasks) == [["ba"], *([f"{n}c", f"{n}d"] for n in range(5)), ["tp"]]
        assert [len(call) for call in scribe.calls] == [1, 10, 1]

    metrics = with_batcher(test)
    assert (metrics.batches, metrics.passages) == (2, 12)


def test_others_have_their_turn_between_the_portions_of_a_large_one() -> None:
    async def test(scribe: Scribe, ask: Asked, _: Batcher) -> None:
        large = asyncio.create_task(ask(*["large"] * 200))
        await asyncio.sleep(0.05)
        small = asyncio.create_task(ask("small"))
        await asyncio.sleep(0)
        scribe.go.release(2)
        assert await small == ["llams"]
        assert not large.done()
        scribe.go.release(9)
        assert len(await large) == 200

    with_batcher(test)


def test_only_the_one_at_fault_hears_of_it() -> None:
    async def test(scribe: Scribe, ask: Asked, _: Batcher) -> None:
        scribe.go.release(9)
        first = asyncio.create_task(ask("first"))
        found = await asyncio.gather(ask("good"), ask("bad"), ask("fine"), return_exceptions=True)
        assert found[0] == ["doog"]
        assert isinstance(found[1], ValueError)
        assert found[2] == ["enif"]
        await first

    with_batcher(test)


def test_nothing_is_done_for_who_has_left_and_room_is_limited() -> None:
    async def test(scribe: Scribe, ask: Asked, batcher: Batcher) -> None:
        first = asyncio.create_task(ask("first"))
        await asyncio.sleep(0.05)
        gone = asyncio.create_task(ask("gone"))
        await asyncio.sleep(0.01)
        with pytest.raises(HTTPException) as told:
            await ask("a", "b")
        assert told.value.status_code == 503
        gone.cancel()
        scribe.go.release(2)
        assert await first == ["tsrif"]
        assert await batcher.call(lambda: 7) == 7
        assert scribe.calls == [["first"]]

    with_batcher(test, room=3)


def test_an_internal_error_is_told_without_its_text(caplog: pytest.LogCaptureFixture) -> None:
    try:
        raise ValueError("what somebody wrote")
    except ValueError as error:
        with caplog.at_level(logging.ERROR):
            told = _told(error)
    assert (told.status_code, told.detail) == (500, "Cannot translate text: internal error")
    assert "ValueError at test_batching.py:" in caplog.text
    assert "somebody" not in caplog.text
