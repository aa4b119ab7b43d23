"""Several hosts on one machine: network namespaces joined by a bridge, each with a name of its own.

Everything lives in namespaces of the calling script (enter_own_namespaces): no address outside of
them can be reached, nothing is seen from outside, and all ends with the script.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import time

SKIPPED = 77  # as ctest's SKIP_RETURN_CODE
INSIDE = "HOSTS_NAMESPACES"
UNSHARE = ["unshare", "--mount", "--propagation", "private", "--net", "--uts", "--pid", "--fork",
           "--kill-child", "--mount-proc"]
MPI = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
       "OMPI_MCA_mpi_yield_when_idle": "1"}
# As README advises but for shorter times: mpirun's own daemons notice a dead link, later than the
# ranks do.
KEEPALIVE = ["-mca", "oob_tcp_keepalive_time", "10", "-mca", "oob_tcp_keepalive_intvl", "1",
             "-mca", "oob_tcp_keepalive_probes", "3"]
# Nobody listens on port 1: a refusal is an answer.
PROBE = """
import socket, sys, time
while True:
    try:
        socket.create_connection((sys.argv[1], 1), timeout=1)
    except ConnectionRefusedError:
        break
    except OSError:
        time.sleep(0.05)
"""


def skip(why: str) -> None:
    print(f"skipped: {why}")
    sys.exit(SKIPPED)


def enter_own_namespaces() -> None:
    """Starts the script again inside; ends it as skipped where that is not allowed."""
    if os.environ.get(INSIDE):
        return
    for tool, package in (("unshare", "util-linux"), ("nsenter", "util-linux"),
                          ("ip", "iproute2"), ("tc", "iproute2"), ("mpirun", "openmpi-bin")):
        if shutil.which(tool) is None:
            skip(f"{tool} is missing: apt-get install {package}")
    probe = "ip link set lo up && ip link add probe type bridge && hostname probe"
    tried = subprocess.run([*UNSHARE, "sh", "-c", probe], capture_output=True, text=True,
                           check=False)
    if tried.returncode != 0:
        skip("namespaces for hosts need root (CAP_SYS_ADMIN and CAP_NET_ADMIN): "
             + tried.stderr.strip())
    inside = subprocess.run([*UNSHARE, sys.executable, *sys.argv],
                            env=os.environ | {INSIDE: "1"}, check=False)
    sys.exit(inside.returncode)


def run(*command: str) -> None:
    subprocess.run(command, check=True)


class Hosts:
    """Hosts with the addresses 10.77.0.1, .2, ... by their place in `names`."""

    def __init__(self, names: list[str], folder: pathlib.Path):
        self.names = names
        self.folder = folder
        folder.mkdir()
        run("ip", "link", "add", "switch", "type", "bridge")
        run("ip", "link", "set", "switch", "up")
        for place, name in enumerate(names, start=1):
            self._add(name, f"10.77.0.{place}/24")
        self.agent = folder / "agent"
        self.agent.write_text(f'#!/bin/sh\nhost=$1\nshift\nexec nsenter --uts={folder}/$host.uts '
                              f'--net={folder}/$host.net sh -c "$*"\n')
        self.agent.chmod(0o755)

    def _add(self, name: str, address: str) -> None:
        uts, net = self.folder / f"{name}.uts", self.folder / f"{name}.net"
        uts.touch()
        net.touch()
        run("unshare", f"--uts={uts}", "hostname", name)
        run("unshare", f"--net={net}", "ip", "link", "set", "lo", "up")
        run("ip", "link", "add", f"to-{name}", "type", "veth", "peer", "name", "eth0",
            "netns", str(net))
        run("ip", "link", "set", f"to-{name}", "master", "switch", "up")
        run(*self.on(name), "ip", "address", "add", address, "dev", "eth0")
        run(*self.on(name), "ip", "link", "set", "eth0", "up")

    def remove(self) -> None:
        for name in self.names:
            run("ip", "link", "del", f"to-{name}")
            for kind in ("uts", "net"):
                run("umount", str(self.folder / f"{name}.{kind}"))
        run("ip", "link", "del", "switch")

    def on(self, name: str) -> list[str]:
        """The beginning of a command line that runs on this host."""
        return ["nsenter", f"--uts={self.folder}/{name}.uts", f"--net={self.folder}/{name}.net"]

    def on_with_names(self, name: str, names: dict[str, list[str]]) -> list[str]:
        """The same, where /etc/hosts gives these names these addresses."""
        file = self.folder / f"{name}.names"
        file.write_text("".join(f"{address} {host}\n" for host, addresses in names.items()
                                for address in addresses))
        return [*self.on(name), "unshare", "--mount", "--propagation", "private", "sh", "-c",
                f'mount --bind {file} /etc/hosts && exec "$@"', "sh"]

    def mpirun(self, slots: dict[str, int], command: list[str]) -> list[str]:
        """Started on the first host; `slots`: ranks by host."""
        return [*self.on(self.names[0]), "mpirun", "-np", str(sum(slots.values())),
                "-H", ",".join(f"{host}:{count}" for host, count in slots.items()),
                "--bind-to", "none", "-mca", "plm_rsh_agent", str(self.agent), *KEEPALIVE, *command]

    def cut(self, name: str) -> None:
        run("ip", "link", "set", f"to-{name}", "down")

    def mend(self, name: str) -> None:
        """Returns when packets pass again, which an interface that is up does not promise."""
        run("ip", "link", "set", f"to-{name}", "up")
        peer = next(place for place, other in enumerate(self.names, start=1) if other != name)
        probe = [*self.on(name), sys.executable, "-c", PROBE, f"10.77.0.{peer}"]
        subprocess.run(probe, check=True, timeout=30)

    def limit_rate(self, name: str, rate: str, burst: str = "64kb") -> None:
        """Of both directions of its link, as tc takes it; "" removes the limit."""
        for prefix, device in (([], f"to-{name}"), (self.on(name), "eth0")):
            tc = [*prefix, "tc", "qdisc"]
            subprocess.run([*tc, "del", "dev", device, "root"], capture_output=True, check=False)
            if rate:
                run(*tc, "add", "dev", device, "root", "tbf", "rate", rate, "burst", burst,
                    "latency", "500ms")


def processes_of(program: str) -> list[int]:
    """In this script's namespace: nobody else's are seen."""
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            words = pathlib.Path(f"/proc/{entry}/cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if words[0].decode(errors="replace") == program:
            found.append(int(entry))
    return found


def gone_within(program: str, limit: float) -> float | None:
    """Seconds until no process of the program is left, nothing after the limit."""
    begin = time.monotonic()
    while processes_of(program):
        if time.monotonic() - begin > limit:
            return None
        time.sleep(0.02)
    return time.monotonic() - begin
