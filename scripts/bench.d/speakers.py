"""ExaBGP with one API process each: ours, the rivals, the bare pipe, the wish process."""

import contextlib
import os
import re
import shlex
import signal
import socket
import time
from pathlib import Path

from ear import AS, PORT, Ear
from machine import JAVA, SITE, child_named, end, spawn
from rows import Lost

OUR_AS = 64496
# As docs/exabgp.md has it, for ours, the rivals and the bare pipe alike.
REACTOR_SPEED = "2"


class ExaBgp:
    """One ExaBGP with one session to the ear, from a loopback address of its own."""

    def __init__(self, home: Path, ear: Ear, number: int, name: str, command: str) -> None:
        self.peer = f"127.0.1.{number}"
        self.name = name
        self._home = home / name
        self._home.mkdir(parents=True, exist_ok=True)
        config = self._home / "exabgp.conf"
        config.write_text(
            f"process api {{ run {command}; encoder json; }}\n"
            f"neighbor 127.0.0.1 {{\n"
            f"  router-id 192.0.2.{number}; local-address {self.peer};\n"
            f"  local-as {OUR_AS}; peer-as {AS}; hold-time 180;\n"
            f"  family {{ ipv4 unicast; }}\n"
            f"  api {{ processes [ api ]; neighbor-changes; }}\n"
            f"}}\n"
        )
        position = ear.position()
        self.process = spawn(
            SITE,
            ["exabgp", config],
            self._home / "log",
            env={
                "RUNTIME_DIRECTORY": str(self._home),
                "exabgp_daemon_user": "root",
                "exabgp_api_cli": "false",
                "exabgp_tcp_port": str(PORT),
                "exabgp_tcp_bind": "",
                "exabgp_log_destination": "stderr",
                "exabgp_log_level": "WARNING",
                "exabgp_reactor_speed": REACTOR_SPEED,
            },
        )
        with self.closed_on_failure():
            ear.wait_established(self.peer, position)

    @contextlib.contextmanager
    def closed_on_failure(self):
        """What cannot be used does not stay beside the rows that go on."""
        try:
            yield
        except BaseException:
            self.close()
            raise

    def worker(self, program: str, text: str, seconds: float = 20) -> int:
        """The API process that runs `program` with `text` in its command line."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            pid = child_named(self.process.pid, program, text)
            if pid is not None:
                return pid
            time.sleep(0.05)
        raise Lost(f"{self.name}: no process '{text}' (see {self._home / 'log'})")

    def close(self) -> None:
        end(self.process)


class Told(ExaBgp):
    """An API process that does what it is told over a socket, and answers with the time of the act."""

    def __init__(self, home: Path, ear: Ear, number: int, name: str, command: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            # The harness runs in the namespace of the site, and so does this process.
            super().__init__(home, ear, number, name, f"{command} {server.getsockname()[1]}")
            server.settimeout(30)
            with self.closed_on_failure():
                self._control = server.accept()[0]
        self._control.settimeout(60)
        self._control.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._lines = self._control.makefile("r")

    def wait_ready(self) -> None:
        with self.closed_on_failure():
            if self._answer() != "ready":
                raise Lost(f"{self.name}: not ready (see its log)")

    def tell(self, line: str) -> int:
        self._control.sendall(line.encode() + b"\n")
        return int(self._answer())

    def _answer(self) -> str:
        answer = self._lines.readline().strip()
        if not answer:
            raise Lost(f"{self.name}: its process is gone")
        return answer


def bare_pipe(home: Path, ear: Ear) -> Told:
    return Told(home, ear, 1, "bare-pipe", f"/usr/bin/python3 {Path(__file__).with_name('bare_pipe.py')}")


def shipped_flags(root: Path) -> list[str]:
    """Those of the JVM in scripts/announcer, but for the archive of its classes."""
    flags = re.search(r"^flags=\((.*?)\)$", (root / "scripts/announcer").read_text(), re.M | re.S)
    return flags[1].split()


def wish_process(home: Path, ear: Ear, root: Path, classpath: str) -> Told:
    # Commas and colons are ExaBGP's to read, so the command line goes into a file.
    script = home / "wish.sh"
    script.write_text(
        "#!/bin/sh\n"
        f"exec {shlex.join([*JAVA, *shipped_flags(root)])} -cp '{classpath}'"
        ' org.bgpannouncer.daemon.bench.WishProcess "$1"\n'
    )
    script.chmod(0o755)
    wished = Told(home, ear, 2, "wish", str(script))
    wished.wait_ready()
    return wished


class Healthcheck(ExaBgp):
    """ExaBGP's own healthcheck with a forked check of the node's port."""

    PROFILES = {
        "default": "",
        # Back-to-back checks: 0 would make it exit after the first announcement.
        "fastest": "--interval 0.001 --fast-interval 0.001 --rise 1 --fall 1",
    }

    def __init__(self, home: Path, ear: Ear, profile: str, address: str, port: int) -> None:
        number = 3 + list(self.PROFILES).index(profile)
        self.prefix = f"198.51.100.{number}/32"
        # The cheapest fork there is that opens a connection.
        check = home / "check"
        check.write_text(f"#!/bin/bash\nexec 3<>/dev/tcp/{address}/{port}\n")
        check.chmod(0o755)
        script = home / f"healthcheck-{profile}.sh"
        script.write_text(
            "#!/bin/sh\n"
            "exec /usr/bin/python3 -m exabgp healthcheck --no-syslog --no-ip-setup"
            f" --ip {self.prefix} --next-hop 127.0.1.{number} --withdraw-on-down"
            f" {self.PROFILES[profile]} --command {check}\n"
        )
        script.chmod(0o755)
        super().__init__(home, ear, number, f"healthcheck-{profile}", str(script))
        with self.closed_on_failure():
            self._pid = self.worker("python3", "-m exabgp healthcheck")

    def pause(self) -> None:
        os.kill(self._pid, signal.SIGSTOP)

    def resume(self) -> None:
        os.kill(self._pid, signal.SIGCONT)


class Announcer(ExaBgp):
    """Our daemon under ExaBGP, started by its shipped launcher."""

    def __init__(self, home: Path, ear: Ear, root: Path, number: int, name: str, file: Path) -> None:
        super().__init__(home, ear, number, name, f"{root / 'scripts/announcer'} run --config {file}")

    def wait_rehearsed(self, seconds: float = 30) -> None:
        """Until the daemon has rehearsed: what it costs before that, it costs once."""
        deadline = time.monotonic() + seconds
        while b"event=rehears" not in (self._home / "log").read_bytes():
            if time.monotonic() > deadline:
                raise Lost(f"{self.name}: no rehearsal within {seconds} s")
            time.sleep(0.2)

    @contextlib.contextmanager
    def paused(self):
        daemon = self.daemon()
        os.kill(daemon, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(daemon, signal.SIGCONT)

    def daemon(self) -> int:
        """The JVM; not the launcher above it."""
        return self.worker("java", "org.bgpannouncer.cli.Main")
