"""A job of several ranks as its processes: started by mpirun or by environment variables."""

import os
import pathlib
import signal
import socket
import subprocess
import time
import uuid

MARK = "LOST_RANKS_TRIAL"  # in the environment of all that belongs to a job
AS_ROOT = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def environment_of(pid: int) -> dict[str, str]:
    """Of a process; empty when it has ended, as a zombie has."""
    try:
        text = pathlib.Path(f"/proc/{pid}/environ").read_bytes().decode(errors="replace")
    except OSError:
        return {}
    return dict(entry.split("=", 1) for entry in text.split("\0") if "=" in entry)


class RankJob:
    def __init__(self, launcher: str, ranks: int, command: list[str], log: pathlib.Path,
                 preload: str = ""):
        self.mark = uuid.uuid4().hex
        self.ranks = ranks
        self.launcher = launcher
        self.logs: list[pathlib.Path] = []
        own = {MARK: self.mark}
        if launcher == "mpirun":
            pass_on = ["-x", MARK] + (["-x", f"LD_PRELOAD={preload}"] if preload else [])
            self.processes = [self._start(
                ["mpirun", "-np", str(ranks), "--oversubscribe", "--bind-to", "none", *pass_on,
                 *command], own | AS_ROOT, log / "mpirun")]
            return
        own |= {"WORLD_SIZE": str(ranks), "MASTER_ADDR": "127.0.0.1",
                "MASTER_PORT": str(free_port())}
        if preload:
            own["LD_PRELOAD"] = preload
        self.processes = [self._start(command, own | {"RANK": str(rank), "LOCAL_RANK": str(rank)},
                                      log / f"rank{rank}") for rank in range(ranks)]

    def _start(self, command: list[str], more: dict[str, str],
               log: pathlib.Path) -> subprocess.Popen:
        self.logs.append(log.with_suffix(".err"))
        with open(log.with_suffix(".out"), "wb") as out, open(self.logs[-1], "wb") as err:
            return subprocess.Popen(command, env=os.environ | more, stdout=out, stderr=err,
                                    stdin=subprocess.DEVNULL, start_new_session=True)

    def members(self) -> dict[int, dict[str, str]]:
        """All living processes of the job, helpers included, with their environments."""
        for process in self.processes:
            process.poll()
        found = {int(entry): environment_of(int(entry))
                 for entry in os.listdir("/proc") if entry.isdigit()}
        return {pid: own for pid, own in found.items() if own.get(MARK) == self.mark}

    def rank_pid(self, rank: int) -> int | None:
        if self.launcher != "mpirun":
            return self.processes[rank].pid if self.processes[rank].poll() is None else None
        own = [pid for pid, own in self.members().items()
               if own.get("OMPI_COMM_WORLD_RANK") == str(rank)]
        return min(own, default=None)

    def has_ended(self) -> bool:
        return all(process.poll() is not None for process in self.processes)

    def survivors_ended(self, victim: int | None) -> bool:
        """All but the one that was struck, which mpirun also has to remove."""
        if self.launcher == "mpirun":
            return self.has_ended()
        return all(process.poll() is not None
                   for rank, process in enumerate(self.processes) if rank != victim)

    def wait(self, limit: float, victim: int | None = None) -> bool:
        end = time.monotonic() + limit
        while not self.survivors_ended(victim):
            if time.monotonic() > end:
                return False
            time.sleep(0.01)
        return True

    def remove(self, rank: int) -> None:
        """What a launcher of the other kind does with a stopped rank."""
        if self.launcher != "mpirun" and self.processes[rank].poll() is None:
            self.processes[rank].kill()
            self.processes[rank].wait()

    def end(self) -> None:
        for pid in self.members():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        for process in self.processes:
            process.wait()

    def errors(self) -> str:
        return "".join(log.read_text(errors="replace") for log in self.logs)
