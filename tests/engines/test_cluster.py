"""A cluster of two workers that loses one process after the other: each time the work is done, or an error says what to do.

The tests run in the order of this file: each goes on with what the one before it left alive.
"""

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pytest
from drawn_rows import KEYS, drawn
from stages import BANDS, STAGES, TABLES, assessed

from zhiheng import decision
from zhiheng.engines import AnyEngine, Engine, cluster, open_engine
from zhiheng.engines.cluster import Cluster
from zhiheng.engines.parity import digest
from zhiheng.engines.session import Session
from zhiheng.errors import EngineError, NothingThereYet, UsageError

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("spark")]
COPIES = 25  # so many that a query is still at work when a worker is killed: the test says so if not
BOUND_SECONDS = 120
PATIENT = 300.0  # where the answer is asked about, a busy machine may take its time to start executors


@dataclass
class Bench:
    """A running cluster, files, and what the embedded engine makes of them."""

    made: Cluster
    folder: Path
    expected: dict[str, str]

    def attach(self, engine: AnyEngine, *, copies: int = 1) -> None:
        for name, schema in TABLES.items():
            times = copies if name == "results" else 1
            engine.attach(name, [self.folder / f"{name}.parquet"] * times, schema())

    def kill(self, name: str) -> None:
        """End a daemon, and the executors it started, as a power cut would; one that has ended already stays so."""
        daemon = next(daemon for daemon in self.made.daemons if daemon.name == name)
        with suppress(ProcessLookupError):
            os.killpg(daemon.pid, signal.SIGKILL)


def judged() -> ir.Table:
    """Verdicts of samples, from results."""
    return decision.decide(decision.complete(decision.uncompared(assessed(tested=False)), bands=BANDS))


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    folder = tmp_path_factory.mktemp("cluster")
    expected = {}
    with Engine(threads=1) as embedded:
        for name, schema in TABLES.items():
            rows = drawn(name, schema(), count=60 if name == "required" else KEYS, seed=7)
            embedded.table("drawn", rows, schema())
            embedded.write(ibis.table(schema(), name="drawn"), folder / f"{name}.parquet")
        one = Bench(Cluster(folder, "", ""), folder, expected)
        one.attach(embedded)
        expected["once"] = digest(embedded, judged())
        expected["totals"] = digest(embedded, STAGES["totals"]())
        one.attach(embedded, copies=COPIES)
        expected["often"] = digest(embedded, judged())
    made = cluster.start(folder / "daemons", workers=2, cores=1, memory="2g", connect=True)
    try:
        yield Bench(made, folder, expected)
    finally:
        cluster.stop(folder / "daemons")


def on_cluster(bench: Bench) -> AnyEngine:
    return open_engine(bench.made.master, memory="700MB", threads=2, spill=bench.folder)


@pytest.fixture(scope="module")
def driver(bench: Bench) -> Iterator[AnyEngine]:
    """One driver for all tests of the cluster: what costs time is to start it with its executors, and to warm them."""
    with on_cluster(bench) as engine:
        engine.session.watch.patience = PATIENT  # type: ignore[attr-defined]
        yield engine


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no engine is called 'oracle'"):
        open_engine("oracle")
    for address in ("spark://127.0.0.1:1", "sc://127.0.0.1:1"):
        if address.startswith("sc:"):
            pytest.importorskip("pyarrow", reason="Spark Connect sends rows with pyarrow: pip install 'zhiheng[spark]'")
        with pytest.raises(EngineError, match="nobody answers there"):
            open_engine(address)
    assert not Session.opened
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    for attempt in (lambda: open_engine("local[2]"), lambda: cluster.start(tmp_path / "daemons")):
        with pytest.raises(EngineError, match="needs Java 17 or later.*openjdk-17-jre-headless"):
            attempt()


def test_a_daemon_that_dies_at_once_is_told_with_its_last_words(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(cluster, "MASTER", "org.apache.spark.deploy.NoSuchMaster")
    with pytest.raises(EngineError, match="master of the cluster has died: .*NoSuchMaster"):
        cluster.start(tmp_path / "daemons")


def test_without_pyspark_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ImportError(f"No module named '{name}'")

    monkeypatch.setattr("zhiheng.engines.session.import_module", missing)
    with pytest.raises(EngineError, match=r"pip install 'zhiheng\[spark\]'"):
        open_engine("local[2]")


def test_a_judged_query_gives_on_spark_connect_what_it_gives_embedded(bench: Bench) -> None:
    pytest.importorskip("pyarrow", reason="Spark Connect sends rows with pyarrow: pip install 'zhiheng[spark]'")
    with open_engine(bench.made.connect, spill=bench.folder) as engine:
        engine.session.watch.patience = PATIENT  # type: ignore[attr-defined]
        bench.attach(engine)
        assert digest(engine, judged()) == bench.expected["once"]
        engine.table("odd", [(1, "铅")], ibis.schema({"a": "int64", "b": "string"}))
        assert engine.rows(ibis.table({"a": "int64", "b": "string"}, name="odd")) == [{"a": 1, "b": "铅"}]


def test_a_judged_query_gives_on_two_workers_what_it_gives_embedded(bench: Bench, driver: AnyEngine) -> None:
    assert bench.made.registered() == 2
    bench.attach(driver)
    assert digest(driver, judged()) == bench.expected["once"]


def test_a_query_that_loses_a_worker_is_finished_by_the_other(bench: Bench, driver: AnyEngine) -> None:
    bench.attach(driver, copies=COPIES)
    found: list[str] = []
    work = threading.Thread(target=lambda: found.append(digest(driver, judged())))
    work.start()
    tracker = driver.session.spark.sparkContext.statusTracker()  # type: ignore[attr-defined]
    until = time.monotonic() + BOUND_SECONDS
    while not tracker.getActiveStageIds() or driver.session.watch.workers() < 2:  # type: ignore[attr-defined]
        assert time.monotonic() < until
        time.sleep(0.02)
    assert work.is_alive()
    bench.kill("worker-2")
    work.join(BOUND_SECONDS)
    assert found == [bench.expected["often"]]


def test_a_query_that_loses_the_master_ends_and_the_next_engine_is_refused(bench: Bench, driver: AnyEngine) -> None:
    bench.kill("worker-2")  # no test leans on the one before it
    bench.attach(driver)
    assert digest(driver, STAGES["totals"]()) == bench.expected["totals"]
    bench.kill("master")
    # the worker that has begun goes on without a master
    assert digest(driver, STAGES["totals"]()) == bench.expected["totals"]
    with pytest.raises(EngineError, match="nobody answers there.*zhiheng cluster status.*zhiheng cluster start"):
        on_cluster(bench)
    bench.kill("worker-1")
    driver.session.watch.patience = 5.0  # type: ignore[attr-defined]
    start = time.monotonic()
    with pytest.raises(EngineError, match="no worker took up the query for 5 s.*zhiheng cluster status"):
        digest(driver, STAGES["totals"]())
    assert time.monotonic() - start < 60


def test_a_cluster_says_which_of_its_processes_have_ended(bench: Bench) -> None:
    for name in ("master", "worker-1", "worker-2"):
        bench.kill(name)
    found = cluster.load(bench.folder / "daemons")
    until = time.monotonic() + BOUND_SECONDS
    while sum(daemon.is_alive for daemon in found.daemons) > 1 and time.monotonic() < until:
        time.sleep(0.1)
    assert [daemon.name for daemon in found.daemons if not daemon.is_alive] == ["master", "worker-1", "worker-2"]
    assert found.registered() == 0
    assert cluster.stop(bench.folder / "daemons") == ["connect"]
    with pytest.raises(NothingThereYet, match="zhiheng cluster start"):
        cluster.load(bench.folder / "daemons")
