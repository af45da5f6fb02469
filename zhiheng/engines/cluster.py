"""A Spark cluster on this machine: a master, workers and, when asked for, a Connect server, all on the loopback address.

It is for trying and testing what runs on a real cluster, and for a large machine. One process is one daemon with a pid file and a
log in a folder of the workspace; nothing is started that `stop` does not end.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from zhiheng.engines import session
from zhiheng.errors import EngineError, NothingThereYet

HOST = "127.0.0.1"
MASTER = "org.apache.spark.deploy.master.Master"
WORKER = "org.apache.spark.deploy.worker.Worker"
CONNECT = "org.apache.spark.sql.connect.service.SparkConnectServer"
OURS = "org.apache.spark."
START_SECONDS = 180.0
STOP_SECONDS = 15.0
NOTICED_SECONDS = 20
TAIL = 5


@dataclass(frozen=True)
class Daemon:
    """One process of a cluster."""

    name: str
    pid: int
    address: str
    log: str

    @property
    def is_alive(self) -> bool:
        """Whether the process is still there, and still what we started."""
        return is_ours(self.pid)


@dataclass(frozen=True)
class Cluster:
    """A cluster as it was started."""

    folder: Path
    master: str
    board: str
    connect: str = ""
    daemons: tuple[Daemon, ...] = field(default=())

    @property
    def engine(self) -> str:
        """What ZHIHENG_ENGINE is to be."""
        return self.connect or self.master

    def registered(self) -> int:
        """How many workers the master knows and holds for alive; none where the master does not answer."""
        try:
            with urlopen(f"{self.board}/json/", timeout=3) as answer:
                return int(json.load(answer)["aliveworkers"])
        except (URLError, OSError, ValueError, KeyError):
            return 0


def start(folder: Path, *, workers: int = 2, cores: int = 1, memory: str = "2g", connect: bool = False) -> Cluster:
    """Start a cluster, and come back when all its workers are registered; what fails to start is stopped again."""
    session.java()
    if any(daemon.is_alive for daemon in daemons(folder)):
        raise EngineError(f"a cluster already runs from {folder}: 'zhiheng cluster stop' ends it, 'status' shows it")
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "logs").mkdir(parents=True)
    port, board = free_port(), free_port()
    made = Cluster(
        folder, f"spark://{HOST}:{port}", f"http://{HOST}:{board}", f"sc://{HOST}:{free_port()}" if connect else ""
    )
    store(made)
    with ExitStack() as undone:
        undone.callback(stop, folder, keep_logs=True)
        launch(folder, "master", made.master, MASTER, "--host", HOST, "--port", str(port), "--webui-port", str(board))
        await_true(folder, "the master to listen", lambda: answers(made.master))
        for number in range(1, workers + 1):
            own = ("--host", HOST, "--cores", str(cores), "--memory", memory, "--work-dir", str(folder / "work"))
            launch(folder, f"worker-{number}", made.master, WORKER, *own, "--webui-port", str(free_port()), made.master)
        await_true(folder, f"{workers} workers to register", lambda: made.registered() == workers)
        if connect:
            launch_connect(folder, made)
            await_true(folder, "the Connect server to listen", lambda: answers(made.connect))
        undone.pop_all()
    return load(folder)


def launch_connect(folder: Path, made: Cluster) -> None:
    """Start the Connect server; executors it does not need go back to the cluster."""
    settings = {
        "spark.connect.grpc.binding.address": HOST,
        "spark.connect.grpc.binding.port": made.connect.rpartition(":")[2],
        "spark.driver.host": HOST,
        "spark.hadoop.mapreduce.fileoutputcommitter.marksuccessfuljobs": "false",
        "spark.network.timeout": session.DRIVER["spark.network.timeout"],
        "spark.executor.heartbeatInterval": session.DRIVER["spark.executor.heartbeatInterval"],
        "spark.ui.enabled": "false",
        "spark.dynamicAllocation.enabled": "true",
        "spark.dynamicAllocation.shuffleTracking.enabled": "true",
        "spark.dynamicAllocation.shuffleTracking.timeout": "30s",
        "spark.dynamicAllocation.executorIdleTimeout": "10s",
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
    }
    listed = [part for name, value in settings.items() for part in ("--conf", f"{name}={value}")]
    submit = (
        "org.apache.spark.deploy.SparkSubmit",
        "--master",
        made.master,
        "--class",
        CONNECT,
        *listed,
        "spark-internal",
    )
    launch(folder, "connect", made.connect, *submit)


def launch(folder: Path, name: str, address: str, *arguments: str) -> None:
    """Start one daemon in a session of its own: it outlives this process."""
    home = Path(str(import_module("pyspark").__file__)).parent
    log = folder / "logs" / f"{name}.log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [str(home / "bin" / "spark-class"), *arguments],
            env=environment(folder, home),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
            start_new_session=True,
        )
    process.returncode = 0  # it outlives us: Python is not to wait for it, nor to complain
    body = {"name": name, "pid": process.pid, "address": address, "log": str(log)}
    (folder / f"{name}.pid").write_text(json.dumps(body), encoding="utf-8")


def environment(folder: Path, home: Path) -> Mapping[str, str]:
    """The environment of a daemon: everything on the loopback address, our Python, scratch in the folder."""
    return os.environ | {
        "SPARK_HOME": str(home),
        "SPARK_LOCAL_IP": HOST,
        "SPARK_LOCAL_DIRS": str(folder / "scratch"),
        "SPARK_DAEMON_MEMORY": "512m",
        "SPARK_MASTER_OPTS": f"-Dspark.worker.timeout={NOTICED_SECONDS}",
        "SPARK_WORKER_OPTS": f"-Dspark.worker.timeout={NOTICED_SECONDS}",
        "PYSPARK_PYTHON": sys.executable,
    }


def await_true(folder: Path, what: str, happened: Callable[[], bool]) -> None:
    """Wait for something, but not for ever, and not after a daemon has died."""
    until = time.monotonic() + START_SECONDS
    while not happened():
        for daemon in daemons(folder):
            if not daemon.is_alive:
                raise EngineError(
                    f"{daemon.name} of the cluster has died: {told_by(daemon)}; the whole log is {daemon.log}"
                )
        if time.monotonic() > until:
            raise EngineError(
                f"waited {START_SECONDS:.0f} s for {what}, in vain: is the machine short of memory? The logs are in {folder / 'logs'}"
            )
        time.sleep(0.3)


def told_by(daemon: Daemon) -> str:
    """The last lines of a daemon's log."""
    lines = Path(daemon.log).read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return " / ".join(lines[-TAIL:]) or "it said nothing"


def stop(folder: Path, *, keep_logs: bool = False) -> list[str]:
    """End every daemon, the newest first, and remove their files; the names of those that ran."""
    running = [daemon for daemon in reversed(daemons(folder)) if daemon.is_alive]
    for daemon in running:
        ended(daemon)
    for entry in ("work", "scratch", "warehouse"):
        shutil.rmtree(folder / entry, ignore_errors=True)
    for path in (*folder.glob("*.pid"), folder / "cluster.json"):
        path.unlink(missing_ok=True)
    if not keep_logs:
        shutil.rmtree(folder, ignore_errors=True)
    return [daemon.name for daemon in running]


def ended(daemon: Daemon) -> None:
    """Ask a daemon and its executors to end; make them after a while."""
    for sign, seconds in ((signal.SIGTERM, STOP_SECONDS), (signal.SIGKILL, STOP_SECONDS)):
        try:
            os.killpg(daemon.pid, sign)
        except ProcessLookupError:
            return
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if not daemon.is_alive:
                return
            time.sleep(0.1)


def load(folder: Path) -> Cluster:
    """The cluster that was started from a folder."""
    path = folder / "cluster.json"
    if not path.exists():
        raise NothingThereYet("no cluster was started from this workspace: 'zhiheng cluster start' starts one")
    body = json.loads(path.read_text(encoding="utf-8"))
    return Cluster(folder, body["master"], body["board"], body["connect"], tuple(daemons(folder)))


def store(made: Cluster) -> None:
    """Write down where a cluster answers."""
    body = {"master": made.master, "board": made.board, "connect": made.connect}
    (made.folder / "cluster.json").write_text(json.dumps(body), encoding="utf-8")


def daemons(folder: Path) -> list[Daemon]:
    """The daemons that have a pid file, in the order in which they were started."""
    order = {"master": 0, "connect": 2}
    found = [Daemon(**json.loads(path.read_text(encoding="utf-8"))) for path in sorted(folder.glob("*.pid"))]
    return sorted(found, key=lambda daemon: order.get(daemon.name, 1))


def is_ours(pid: int) -> bool:
    """Whether a process runs and is a daemon of Spark: a number may have been given to another one since."""
    with suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)  # a child of ours that has ended is laid to rest
    if not Path("/proc").is_dir():
        asked = ["ps", "-o", "command=", "-p", str(pid)]
        return OURS in subprocess.run(asked, capture_output=True, text=True, check=False).stdout
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
    # in the moment of its start a process has no command line yet
    return state != "Z" and (not command or OURS.encode() in command)


def answers(address: str) -> bool:
    """Whether somebody listens at an address."""
    host, _, port = address.partition("//")[2].partition(":")
    try:
        socket.create_connection((host, int(port)), timeout=1).close()
    except OSError:
        return False
    return True


def free_port() -> int:
    """A port of the loopback address that nobody uses."""
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        return int(listener.getsockname()[1])
