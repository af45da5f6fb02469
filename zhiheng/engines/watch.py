"""Watches a running query of Spark: whether anybody works on it, and what an error of it means to the reader."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from zhiheng.errors import EngineError, StoreError, ZhihengError

PATIENCE_SECONDS = 60.0
POLL_SECONDS = 0.5
LOST = (
    "SparkContext was shut down",
    "SparkContext has been shutdown",
    "stopped SparkContext",
    "All masters are unresponsive",
    "Master removed our application",
    "Connection refused",
    "UNAVAILABLE",
    "RETRIES_EXCEEDED",
    "Answer from Java side is empty",
    "INVALID_HANDLE",
)
WORN = ("ExecutorLostFailure", "FetchFailed", "Executor heartbeat timed out", "MetadataFetchFailed")
FULL = ("No space left on device", "OutOfMemoryError", "UNABLE_TO_ACQUIRE_MEMORY", "java heap space")


class Watch:
    """One session's watch: work on a cluster without workers is ended after a minute instead of waiting for ever."""

    def __init__(self, spark: Any, master: str, *, patience: float = PATIENCE_SECONDS) -> None:
        self.spark = spark
        self.master = master
        self.patience = patience
        self.starved = False
        self.progressed = time.monotonic()
        self.completed = -1
        self.failures = failures(connect=self.is_remote)
        if self.is_remote:
            spark.registerProgressHandler(self.told)

    @property
    def is_remote(self) -> bool:
        """Whether the driver runs elsewhere, behind Spark Connect."""
        return self.master.startswith("sc://")

    @contextmanager
    def over(self) -> Iterator[None]:
        """Watch a piece of work; its errors are told in our words when they are about the cluster."""
        done = threading.Event()
        self.starved, self.progressed, self.completed = False, time.monotonic(), -1
        if not self.master.startswith("local"):
            threading.Thread(target=self.attend, args=(done,), daemon=True).start()
        try:
            yield
        except self.failures as error:
            ours = self.explained(error)
            if ours is None:
                raise
            raise ours from error
        finally:
            done.set()

    def attend(self, done: threading.Event) -> None:
        """Look whether anybody works; end the work when nobody has for too long."""
        while not done.wait(POLL_SECONDS):
            if not self.is_remote and self.workers() != 0:
                self.progressed = time.monotonic()
            if time.monotonic() - self.progressed > self.patience:
                self.starved = True
                self.quietly(self.spark.interruptAll if self.is_remote else self.spark.sparkContext.cancelAllJobs)
                return

    def workers(self) -> int:
        """How many executors the driver has; -1 where the driver itself is gone, which the query will tell."""
        try:
            # the driver counts itself
            return len(self.spark.sparkContext._jsc.sc().statusTracker().getExecutorInfos()) - 1
        except self.failures:
            return -1

    def told(self, stages: Any, inflight_tasks: int, **_: Any) -> None:
        """Spark Connect tells how far it is: tasks under way, or more of them completed, are progress."""
        completed = sum(stage.num_completed_tasks for stage in stages or ())
        if inflight_tasks or completed != self.completed or not stages:
            self.progressed, self.completed = time.monotonic(), completed

    def explained(self, error: Exception) -> ZhihengError | None:
        """What an error means to the reader, where it is about the cluster; anything else is a bug."""
        text = f"{type(error).__name__}: {error}"
        if self.starved:
            return EngineError(
                f"{self.master}: no worker took up the query for {self.patience:.0f} s; are workers running, and do they have "
                "cores and memory to spare ('zhiheng cluster status')? Nothing was half written: start it again"
            )
        if any(sign in text for sign in FULL):
            return StoreError(
                f"{self.master}: not enough memory or disk: {first_line(text)}; free some, give the workers more, "
                "or bring the data in smaller parts"
            )
        if any(sign in text for sign in WORN):
            return EngineError(
                f"{self.master}: workers were lost again and again: {first_line(text)}; look for why in their logs "
                "('zhiheng cluster status' names the folder; want of memory is the usual cause), then start the query again"
            )
        if any(sign in text for sign in LOST) or isinstance(error, OSError):
            return EngineError(
                f"{self.master}: the connection was lost in the middle of a query: {first_line(text)}; see 'zhiheng cluster status', "
                "start the cluster again if it is down, and the query with it"
            )
        return None

    def quietly(self, work: Callable[[], Any]) -> None:
        """Do something that may fail because the other side is gone, which is then told elsewhere."""
        try:
            work()
        except self.failures:
            return


def failures(*, connect: bool) -> tuple[type[Exception], ...]:
    """The kinds of error that Spark raises."""
    kinds = [import_module("pyspark.errors").PySparkException, OSError]
    kinds.append(import_module("grpc").RpcError if connect else import_module("py4j.protocol").Py4JError)
    return tuple(kinds)


def first_line(text: str) -> str:
    """The first line of a message, no longer than a reader wants."""
    return text.strip().splitlines()[0][:300]
