"""Spark sessions: how one is opened, on which settings, and when it is given back.

The settings make Spark mean what the embedded engine means; docs/adr/0005 explains each, `parity.py` lists what remains.
"""

import logging
import os
import shutil
import socket
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlsplit

from zhiheng.engines.watch import Watch
from zhiheng.errors import EngineError

# the meaning of an expression: each of these may be set on a running session, Connect included
MEANING = {
    "spark.sql.ansi.enabled": "true",
    "spark.sql.decimalOperations.allowPrecisionLoss": "false",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    "spark.sql.caseSensitive": "false",
    "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
    "spark.sql.parquet.datetimeRebaseModeInWrite": "CORRECTED",
    "spark.sql.parquet.writeLegacyFormat": "false",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.parquet.compression.codec": "zstd",
    "spark.sql.sources.partitionColumnTypeInference.enabled": "false",
}
QUIET = Path(__file__).with_name("spark-log4j2.properties")
LOOPBACK = ("127.0.0.1", "localhost", "::1")
# how a driver of ours behaves: nothing listens but what must, and a lost machine is noticed within a minute
DRIVER = {
    "spark.app.name": "zhiheng",
    "spark.ui.enabled": "false",
    "spark.driver.extraJavaOptions": f"-Dlog4j2.configurationFile={QUIET.as_uri()}",
    "spark.ui.showConsoleProgress": "false",
    "spark.network.timeout": "60s",
    "spark.executor.heartbeatInterval": "5s",
    "spark.hadoop.mapreduce.fileoutputcommitter.marksuccessfuljobs": "false",
}
REACH_SECONDS = 5.0


@dataclass
class Session:
    """A Spark session of its own; the classic ones of a process share one driver, which ends with the last of them."""

    spark: Any
    master: str
    watch: Watch

    opened: ClassVar[list["Session"]] = []
    lock: ClassVar[threading.RLock] = threading.RLock()

    @classmethod
    def open(cls, master: str, *, memory: str, threads: int, spill: Path | None) -> "Session":
        """A session on a master that answers."""
        library = pyspark(connect=master.startswith("sc://"))
        reach(master)
        with cls.lock:
            spark = (
                connect(master)
                if master.startswith("sc://")
                else driven(library, master, memory=memory, threads=threads, spill=spill)
            )
            for name, value in MEANING.items():
                spark.conf.set(name, value)
            found = cls(spark, master, Watch(spark, master))
            cls.opened.append(found)
        return found

    @contextmanager
    def watched(self) -> Iterator[Any]:
        """The session for one piece of work, which ends within bounds: done, or with an error that says what to do."""
        with self.watch.over():
            yield self.spark

    def close(self) -> None:
        """Give the session back; the last classic one of the process ends the driver."""
        with self.lock:
            if self not in self.opened:
                return
            self.opened.remove(self)
            classic = [session for session in self.opened if not session.master.startswith("sc://")]
            if self.master.startswith("sc://") or not classic:
                self.watch.quietly(self.spark.stop)


def pyspark(*, connect: bool) -> Any:
    """The library, or an error that says what to install."""
    # it repeats every error of a query, which is told by ours
    logging.getLogger("SQLQueryContextLogger").disabled = True
    try:
        with warnings.catch_warnings():
            # of pandas, which this engine does not use
            warnings.filterwarnings("ignore", category=FutureWarning, module="pyspark")
            library = import_module("pyspark.sql")
            import_module("pyspark.testing.utils")  # it warns once, at its first import
            if connect:
                import_module("pyspark.sql.connect.session")
    except ImportError as error:
        raise EngineError(
            f"Spark is not installed ({error}): run pip install 'zhiheng[spark]', or unset ZHIHENG_ENGINE to use the embedded engine"
        ) from error
    if not connect:
        java()
    return library


def java() -> str:
    """The Java that Spark will run on."""
    home = os.environ.get("JAVA_HOME", "")
    found = shutil.which(str(Path(home, "bin", "java")) if home else "java")
    if not found:
        raise EngineError(
            f"Spark needs Java 17 or later, and {'JAVA_HOME=' + home + ' has none' if home else 'there is none'}: "
            "install one (on Debian: apt-get install openjdk-17-jre-headless), or unset ZHIHENG_ENGINE to use the embedded engine"
        )
    return found


def reach(master: str) -> None:
    """Fail at once where nobody listens: Spark itself would try for minutes."""
    if master.startswith("local"):
        return
    address = urlsplit(master.partition(";")[0].rstrip("/"))
    if not address.hostname:
        raise EngineError(f"ZHIHENG_ENGINE: '{master}' names no host; write it as spark://host:7077 or sc://host:15002")
    port = address.port or (15002 if address.scheme == "sc" else 7077)
    try:
        socket.create_connection((address.hostname, port), timeout=REACH_SECONDS).close()
    except OSError as error:
        raise EngineError(
            f"{master}: nobody answers there ({error}); is the cluster running ('zhiheng cluster status'), and is the address "
            "the one it printed? Start one with 'zhiheng cluster start', or unset ZHIHENG_ENGINE to use the embedded engine"
        ) from error


def driven(library: Any, master: str, *, memory: str, threads: int, spill: Path | None) -> Any:
    """A session of the driver in this process."""
    running = library.SparkSession.getActiveSession() or library.SparkSession._instantiatedSession
    if running is not None and not running.sparkContext._jsc.sc().isStopped():
        if running.sparkContext.master != master:
            raise EngineError(
                f"this process already works on {running.sparkContext.master}; close that engine before opening one on {master}"
            )
        return running.newSession()
    if master.startswith("local") or urlsplit(master).hostname in LOOPBACK:
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    builder = library.SparkSession.builder.master(master)
    for name, value in (DRIVER | sizes(memory=memory, threads=threads, spill=spill)).items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def sizes(*, memory: str, threads: int, spill: Path | None) -> dict[str, str]:
    """The driver's memory and folders as Spark writes them."""
    found = {}
    if memory:
        found["spark.driver.memory"] = found["spark.executor.memory"] = size(memory)
    if threads:
        found["spark.sql.shuffle.partitions"] = str(threads)
        found["spark.cores.max"] = str(threads)
    if spill:
        found["spark.local.dir"] = str(spill)
        found["spark.sql.warehouse.dir"] = str(spill / "warehouse")
    return found


def size(memory: str) -> str:
    """A size as Spark writes it.

    >>> size("700MB")
    '700m'
    """
    return memory.strip().lower().replace("ib", "").replace("b", "").replace(" ", "")


def connect(address: str) -> Any:
    """A session of its own on a Connect server.

    The library's general builder would turn the whole process to Connect; this one leaves classic sessions possible.
    """
    spark = import_module("pyspark.sql.connect.session").SparkSession.builder.remote(address).create()
    policy = import_module("pyspark.sql.connect.client.retries").DefaultPolicy
    # about a minute in all; the default goes on for ten
    spark.client.set_retry_policies([policy(max_retries=8, max_backoff=15_000)])
    return spark
