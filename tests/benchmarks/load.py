"""Many clients at once against ``translator serve``: waiting times, sentences a second, memory; and the same on a file.

python tests/benchmarks/load.py [--clients 200] [--seconds 60] [--requests N]

Each client sends a sentence, waits for its translation and sends the next one, on one connection. Server, clients and
the translation of a file share the machine's cores; the file is translated alone, before.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import subprocess
import sys
import tempfile
import time
from itertools import cycle, islice
from pathlib import Path

from servers import Server, server

HEAD = "POST /translate HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n"
ROOT = Path(__file__).parents[2]


def sentences() -> list[str]:
    """English of the project's own corpus."""
    lines = (ROOT / "corpus" / "train.tsv").read_text("utf-8").splitlines()
    return [line.split("\t")[0] for line in lines]


def on_a_file(lines: list[str], count: int) -> float:
    """Sentences a second of ``translator translate -i FILE``, its start not counted."""
    with tempfile.TemporaryDirectory() as folder:
        seconds = []
        for number in (1, count):
            file = Path(folder) / f"{number}.txt"
            file.write_text("\n".join(islice(cycle(lines), number)) + "\n", "utf-8")
            command = [sys.executable, "-m", "translator", "translate", "--from", "en", "-i", str(file)]
            begun = time.monotonic()
            subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
            seconds.append(time.monotonic() - begun)
    return count / (seconds[1] - seconds[0])


async def client(port: int, lines: cycle[str], waits: list[float], wrong: list[str], end: float, most: int) -> None:
    """Ask until the end."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while time.monotonic() < end and len(waits) < most:
        body = json.dumps({"q": next(lines), "source": "en", "target": "pt"}).encode()
        head = f"{HEAD}content-length: {len(body)}\r\n\r\n"
        begun = time.monotonic()
        writer.write(head.encode() + body)
        answer = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", answer)
        text = await reader.readexactly(int(length[1]) if length else 0)
        waits.append(time.monotonic() - begun)
        if not answer.startswith(b"HTTP/1.1 200") or b"translatedText" not in text:
            wrong.append(answer.decode("latin-1").splitlines()[0])
    writer.close()


def memory(running: Server) -> float:
    """Megabytes of the server."""
    text = running.ask("/metrics")[1].decode()
    found = re.search(r"resident_memory_bytes (\d+)", text)
    return int(found[1]) / 2**20 if found else 0.0


async def load(port: int, lines: list[str], clients: int, seconds: float, most: int) -> tuple[list[float], list[str]]:
    """How long each request waited, in seconds, and what was wrong."""
    waits: list[float] = []
    wrong: list[str] = []
    shared, end = cycle(lines), time.monotonic() + seconds
    await asyncio.gather(*(client(port, shared, waits, wrong, end, most) for _ in range(clients)))
    return waits, wrong


def main() -> None:
    """Print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--requests", type=int, default=10**9, help="end after this many")
    parser.add_argument("--text", default="", help="the only sentence, instead of the corpus")
    parser.add_argument("--file", type=int, default=4000, help="sentences of the file to compare with")
    given = parser.parse_args()
    lines = [given.text] if given.text else sentences()
    alone = on_a_file(lines, given.file)
    print(f"a file: {alone:.0f} sentences/s")
    with server() as running:
        asyncio.run(load(running.port, lines, given.clients, 3, given.requests))
        sizes, begun = [memory(running)], time.monotonic()
        waits: list[float] = []
        wrong: list[str] = []
        for _ in range(5):
            some, errors = asyncio.run(load(running.port, lines, given.clients, given.seconds / 5, given.requests // 5))
            waits, wrong = waits + some, wrong + errors
            sizes.append(memory(running))
        rate = len(waits) / (time.monotonic() - begun)
        waits.sort()
        p50, p95, p99 = (1000 * waits[int(share * (len(waits) - 1))] for share in (0.5, 0.95, 0.99))
        print(f"{given.clients} clients: {len(waits)} requests, {len(wrong)} errors, {rate:.0f} sentences/s")
        print(f"{rate / alone:.2f} of the file; waits: p50 {p50:.0f} ms, p95 {p95:.0f} ms, p99 {p99:.0f} ms")
        print(f"memory before and after each fifth: {', '.join(f'{size:.0f}' for size in sizes)} MB")
        print(sorted(set(wrong))[:5] or "", end="")


if __name__ == "__main__":
    main()
