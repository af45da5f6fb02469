"""The pages over a real turn: the first page after a start, and the middle page after that.

The peer is the same server answering a page that does nothing but say that it is there.
"""

import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from datetime import date
from pathlib import Path

from zhiheng import loop
from zhiheng.evidence.snapshot import Workspace

DATA = Path(__file__).parents[1] / "examples" / "data" / "usgs_inl_water"
PAGES, ROUNDS, PATIENCE = ("/", "/results/usgs_inl_water/", "/by/usgs_inl_water/analyte/"), 10, 60


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def seconds(address: str, *, status: int = 200) -> float:
    """How long one page takes; an answer with another status is no page and ends the benchmark."""
    start = time.perf_counter()
    try:
        with urllib.request.urlopen(address, timeout=PATIENCE) as answer:
            answer.read()
    except urllib.error.HTTPError as error:
        error.read()
        if error.code != status:
            raise SystemExit(f"{address} answered {error.code}") from error
    return time.perf_counter() - start


def first(address: str, started: float) -> float:
    """Seconds from the start of the server to the first page."""
    while time.perf_counter() - started < PATIENCE:
        try:
            seconds(address)
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.02)
        else:
            return time.perf_counter() - started
    raise SystemExit("the server did not answer")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        loop.turn(DATA, workspace=Workspace(Path(folder)), today=date(2026, 11, 22))
        port, started = free_port(), time.perf_counter()
        environment = os.environ | {"ZHIHENG_HOME": folder}
        server = subprocess.Popen(
            [sys.executable, "-m", "zhiheng", "serve", "--port", str(port)],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            base = f"http://127.0.0.1:{port}"
            opening = first(base + "/", started)
            middle = statistics.median(seconds(base + page) for _ in range(ROUNDS) for page in PAGES)
            peer = statistics.median(seconds(base + "/there-is-no-such-page", status=404) for _ in range(ROUNDS))
        finally:
            server.terminate()
            server.wait()
    print(
        f"first page {opening:.2f} s after the start; median page {middle * 1000:.0f} ms; "
        f"a page that is not there {peer * 1000:.0f} ms; ratio {middle / peer:.1f}"
    )


if __name__ == "__main__":
    main()
