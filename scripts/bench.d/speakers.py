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

    def __init__(
        self,
        home: Path,
        ear: Ear,
        number: int,
        name: str,
        command: str,
        speed: str = REACTOR_SPEED,
    ) -> None:
        self.peer = f"127.0.1.{number}"
        self.name = name
        folder = home / name
        folder.mkdir(parents=True, exist_ok=True)
        self.log = folder / "log"
        config = folder / "exabgp.conf"
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
            self.log,
            env={
                "RUNTIME_DIRECTORY": str(folder),
                "exabgp_daemon_user": "root",
                "exabgp_api_cli": "false",
                "exabgp_tcp_port": str(PORT),
                "exabgp_tcp_bind": "",
                "exabgp_log_destination": "stderr",
                "exabgp_log_level": "WARNING",
                "exabgp_reactor_speed": speed,
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
        raise Lost(f"{self.name}: no process '{text}' (see {self.log})")

    def close(self) -> None:
        end(self.process)


class Orders:
    """The connection on which a process does what it is told, and answers with the time of the act."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._server = socket.create_server(("127.0.0.1", 0))
        self._server.settimeout(30)
        self.port = self._server.getsockname()[1]

    def accept(self) -> None:
        with self._server:
            self._control = self._server.accept()[0]
        self._control.settimeout(300)
        self._control.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._lines = self._control.makefile("r")

    def wait_ready(self) -> None:
        if self._answer() != "ready":
            raise Lost(f"{self._name}: not ready (see its log)")

    def tell(self, line: str) -> int:
        self._control.sendall(line.encode() + b"\n")
        return int(self._answer())

    def _answer(self) -> str:
        answer = self._lines.readline().strip()
        if not answer:
            raise Lost(f"{self._name}: its process is gone")
        return answer


class Told(ExaBgp):
    """An API process that takes orders."""

    def __init__(
        self, home: Path, ear: Ear, number: int, name: str, command: str, **settings
    ) -> None:
        # The harness runs in the namespace of the site, and so does this process.
        orders = Orders(name)
        super().__init__(home, ear, number, name, f"{command} {orders.port}", **settings)
        with self.closed_on_failure():
            orders.accept()
        self._orders = orders
        self.tell = orders.tell

    def wait_ready(self) -> None:
        with self.closed_on_failure():
            self._orders.wait_ready()


class EmbeddedSpeaker:
    """Our own speaker, without engine and probes."""

    peer = "127.0.1.6"

    def __init__(self, home: Path, root: Path, classpath: str) -> None:
        orders = Orders("embedded")
        main = "org.bgpannouncer.daemon.bench.SpeakerProcess"
        self.process = spawn(
            SITE,
            [*JAVA, *shipped_flags(root), "-cp", classpath, main, orders.port, self.peer],
            home / "embedded.log",
        )
        with contextlib.ExitStack() as on_failure:
            on_failure.callback(self.close)
            orders.accept()
            orders.wait_ready()
            on_failure.pop_all()
        self.tell = orders.tell

    def close(self) -> None:
        end(self.process)


class GoBgp:
    """gobgpd, and the process that tells it what it is told."""

    peer = "127.0.1.7"

    def __init__(self, home: Path, ear: Ear) -> None:
        folder = home / "gobgp"
        folder.mkdir()
        config = folder / "gobgpd.toml"
        config.write_text(
            f'[global.config]\n  as = {OUR_AS}\n  router-id = "192.0.2.7"\n  port = -1\n'
            "[[neighbors]]\n"
            f'  [neighbors.config]\n    neighbor-address = "127.0.0.1"\n    peer-as = {AS}\n'
            "  [neighbors.timers.config]\n    connect-retry = 1\n    idle-hold-time-after-reset = 1\n"
            f'  [neighbors.transport.config]\n    local-address = "{self.peer}"\n    remote-port = {PORT}\n'
        )
        api = f"unix://{folder / 'api'}"
        orders = Orders("gobgp")
        position = ear.position()
        with contextlib.ExitStack() as on_failure:
            self.process = spawn(
                SITE,
                ["gobgpd", "-f", config, "--api-hosts", api, "--pprof-disable", "--log-level", "warn"],
                folder / "log",
            )
            on_failure.callback(end, self.process)
            ear.wait_established(self.peer, position, 60)
            program = Path(__file__).with_name("gobgp_writer.py")
            self._writer = spawn(
                SITE, ["/usr/bin/python3", program, api, self.peer, orders.port], folder / "writer.log"
            )
            on_failure.callback(end, self._writer)
            orders.accept()
            orders.wait_ready()
            on_failure.pop_all()
        self.tell = orders.tell

    def close(self) -> None:
        end(self._writer)
        end(self.process)


def route_writer(home: Path, ear: Ear, number: int, name: str) -> Told:
    program = Path(__file__).with_name("route_writer.py")
    # What is queued inside ExaBGP goes out a piece a turn of its reactor: 2 would halve a plain load.
    writer = Told(home, ear, number, name, f"/usr/bin/python3 {program}", speed="1")
    writer.wait_ready()
    return writer


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


class Watch:
    """What a row asks of a daemon of ours, whoever speaks for it; needs `name`, `log` and `daemon()`."""

    def wait_rehearsed(self, seconds: float = 30) -> None:
        """Until the daemon has rehearsed: what it costs before that, it costs once."""
        deadline = time.monotonic() + seconds
        while b"event=rehears" not in self.log.read_bytes():
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


class Announcer(ExaBgp, Watch):
    """Our daemon under ExaBGP, started by its shipped launcher."""

    def __init__(self, home: Path, ear: Ear, root: Path, number: int, name: str, file: Path) -> None:
        super().__init__(home, ear, number, name, f"{root / 'scripts/announcer'} run --config {file}")

    def daemon(self) -> int:
        """The JVM; not the launcher above it."""
        return self.worker("java", "org.bgpannouncer.cli.Main")


class EmbeddedAnnouncer(Watch):
    """Our daemon with a speaker of its own."""

    peer = "127.0.1.8"

    def __init__(self, home: Path, ear: Ear, root: Path, name: str, file: Path) -> None:
        self.name = name
        self.log = home / name / "log"
        position = ear.position()
        self.process = spawn(SITE, [root / "scripts/announcer", "run", "--config", file], self.log)
        with contextlib.ExitStack() as on_failure:
            on_failure.callback(self.close)
            ear.wait_established(self.peer, position)
            on_failure.pop_all()

    def daemon(self) -> int:
        # The script execs it.
        return self.process.pid

    def close(self) -> None:
        end(self.process)
