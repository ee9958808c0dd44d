"""What scripts/lab promises of itself and needs no root to show: exit codes, names, clean-up."""

import contextlib
import http.server
import io
import os
import shutil
import signal
import subprocess
import threading
import unittest
from unittest import mock

# A lab of its own: its state folder is not that of a lab that is up.
os.environ["LAB_PREFIX"] = f"bgplab-test{os.getpid()}"

import announcer
import cli
import client
import failure
import lab
import netns
import node
import process
import steps
import story
import topology
import trial


def setUpModule():
    topology.STATE.mkdir()


def tearDownModule():
    shutil.rmtree(topology.STATE)


def run(*arguments: str) -> tuple[int, str]:
    """The exit code and what stands on stderr."""
    said = io.StringIO()
    with (
        mock.patch("sys.argv", ["lab", *arguments]),
        mock.patch("signal.signal"),
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(said),
    ):
        try:
            return cli.main(), said.getvalue()
        except SystemExit as e:
            return e.code, said.getvalue()


class ExitCodes(unittest.TestCase):
    def test_an_unknown_command_is_64(self):
        code, said = run("destroy")
        self.assertEqual(64, code)
        self.assertIn("destroy", said)

    def test_a_missing_host_is_64(self):
        self.assertEqual(64, run("kill")[0])

    def test_a_failed_build_is_70(self):
        with mock.patch.object(announcer, "BINARY", "/bin/false"):
            for command in ("up", "demo", "test"):
                with self.subTest(command), mock.patch.object(netns, "existing", return_value=[]):
                    self.assertEqual(
                        (70, "lab: /bin/false --build-only: exit 1 (expected: 0)\n"), run(command)
                    )

    def test_killing_the_dead_is_1_and_a_sentence(self):
        with mock.patch.object(netns, "existing", return_value=["edge-gva"]):
            self.assertEqual((1, "lab: gva-btc1: dead (expected: running)\n"), run("kill", "gva-btc1"))

    def test_an_unknown_host_is_1_and_a_sentence(self):
        with mock.patch.object(netns, "existing", return_value=["edge-gva"]):
            code, said = run("stop", "gva-btc9")
        self.assertEqual(1, code)
        self.assertTrue(said.startswith("lab: HOST: gva-btc9 (expected: gva-btc1, "), said)

    def test_down_does_not_ask_for_what_only_up_needs(self):
        # As the user would call it; the tools of ANNOUNCER_TOOLS are missing there.
        environment = {**os.environ, "ANNOUNCER_TOOLS": str(topology.STATE / "no-tools")}
        script = topology.ROOT / "scripts/lab"
        codes = {
            command: subprocess.run(
                [script, command], env=environment, capture_output=True, check=False
            ).returncode
            for command in ("status", "down")
        }
        self.assertEqual(69, codes["status"])
        self.assertEqual(0 if os.geteuid() == 0 else 77, codes["down"])

    def test_beside_another_command_is_1_and_a_sentence(self):
        with lab.lock():
            self.assertEqual((1, "lab: another lab command is at work\n"), run("up"))

    def test_a_prefix_that_is_no_name_is_64(self):
        done = subprocess.run(
            [topology.ROOT / "scripts/lab", "down"],
            env={**os.environ, "LAB_PREFIX": "../x"},
            capture_output=True,
            check=False,
        )
        self.assertEqual(64, done.returncode)

    def test_an_as_that_is_no_number_is_64(self):
        for number in ("0", "AS64501", "4294967295"):
            with self.subTest(number):
                done = subprocess.run(
                    [topology.ROOT / "scripts/lab", "down"],
                    env={**os.environ, "LAB_PAR_AS": number},
                    capture_output=True,
                    text=True,
                    check=False,
                )
                self.assertEqual(64, done.returncode)
                self.assertIn(f"LAB_PAR_AS: {number} (expected: ", done.stderr)


    def test_a_pinning_that_is_none_is_64(self):
        done = subprocess.run(
            [topology.ROOT / "scripts/lab", "down"],
            env={**os.environ, "LAB_PINNING": "netns"},
            capture_output=True,
            text=True,
            check=False,
        )
        self.assertEqual(64, done.returncode)
        self.assertIn("LAB_PINNING: netns (expected: ", done.stderr)


class Prefix(unittest.TestCase):
    def test_a_second_lab_has_its_own_state_folder(self):
        self.assertEqual(f".lab-{os.environ['LAB_PREFIX']}", topology.STATE.name)

    def test_a_lab_whose_prefix_begins_with_ours_is_not_ours(self):
        ours = netns.name("gva-btc1")
        there = {ours, topology.PREFIX + "x-gva-btc1", "x" + ours, ours + "1"}
        with mock.patch.object(netns, "everyone", return_value=there):
            self.assertEqual(["gva-btc1"], netns.existing())


class CleanUp(unittest.TestCase):
    def test_no_second_signal_interrupts_down(self):
        removed = []

        def remove():
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                os.kill(os.getpid(), number)
            removed.append(True)

        def interrupted(number, frame):
            raise KeyboardInterrupt

        before = {n: signal.signal(n, interrupted) for n in lab.INTERRUPTS}
        try:
            with mock.patch.object(netns, "remove_all", remove):
                lab.down()
            self.assertEqual([True], removed)
            self.assertTrue(all(signal.getsignal(n) is interrupted for n in lab.INTERRUPTS))
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


    def test_two_clean_ups_at_once_do_not_break_each_other(self):
        with self._namespaces([["gva-btc1", "edge-gva"], []]) as deleted:
            netns.remove_all(0.0)
        self.assertEqual(["gva-btc1", "edge-gva"], deleted)

    def test_what_cannot_be_removed_is_told_and_not_tried_for_ever(self):
        stays = [["gva-btc1"]] * (netns.ROUNDS + 1)
        with self._namespaces(stays), self.assertRaisesRegex(failure.LabError, "gva-btc1"):
            netns.remove_all(0.0)

    @staticmethod
    @contextlib.contextmanager
    def _namespaces(listed: list[list[str]]):
        """Namespaces that are gone, or busy, whenever they are to be deleted."""
        deleted = []

        def run(command, check=False, **_):
            if command[2] == "del":
                deleted.append(command[3].removeprefix(topology.PREFIX))
            if check:
                raise subprocess.CalledProcessError(1, command)
            return subprocess.CompletedProcess(command, 1, "", "")

        with (
            mock.patch.object(netns, "existing", side_effect=listed),
            mock.patch("subprocess.run", run),
        ):
            yield deleted


class Story(unittest.TestCase):
    def setUp(self):
        # Of the machine's own only root may write.
        self._replace(lab, "OWNER", topology.STATE / "owner")
        self._replace(netns, "is_inhabited", lambda: True)

    def _replace(self, owner, name, value):
        patch = mock.patch.object(owner, name, value)
        patch.start()
        self.addCleanup(patch.stop)

    def test_a_running_lab_is_left_alone(self):
        with (
            mock.patch.object(netns, "existing", return_value=["edge-gva"]),
            mock.patch.object(netns, "remove_all") as remove,
            self.assertRaisesRegex(failure.LabError, "a lab is up already"),
        ):
            story.tell(None)
        remove.assert_not_called()

    def test_what_a_killed_command_left_is_removed_first(self):
        self._die_as_owner()
        self._require_removed()

    def test_namespaces_in_which_nothing_lives_are_removed_first(self):
        self._replace(netns, "is_inhabited", lambda: False)
        self._require_removed()

    def test_a_lab_whose_owner_lives_is_left_alone(self):
        process.remember(lab.OWNER, os.getpid())
        self.addCleanup(lab.OWNER.unlink)
        self._require_left_alone()

    def test_a_lab_that_up_left_to_the_user_is_left_alone(self):
        self._die_as_owner()
        lab.leave_to_user()
        self._require_left_alone()

    def _die_as_owner(self):
        with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as owner:
            process.remember(lab.OWNER, owner.pid)
        self.addCleanup(lab.OWNER.unlink, missing_ok=True)

    def _require_removed(self):
        there = ["edge-gva"]
        with self._standing(there) as said:
            self.assertEqual(0, self._told_in(1.0, existing=lambda: list(there)))
        self.assertEqual([], there)
        self.assertEqual("lab: removing what a killed command left\n", said.getvalue())

    def _require_left_alone(self):
        there = ["edge-gva"]
        with (
            self._standing(there),
            mock.patch.object(netns, "existing", lambda: list(there)),
            self.assertRaisesRegex(failure.LabError, "a lab is up already"),
        ):
            lab.require_down()
        self.assertEqual(["edge-gva"], there)

    @staticmethod
    @contextlib.contextmanager
    def _standing(there: list[str]):
        with (
            mock.patch.object(netns, "remove_all", there.clear),
            contextlib.redirect_stderr(io.StringIO()) as said,
        ):
            yield said

    def test_two_minutes_are_too_long(self):
        self.assertEqual(0, self._told_in(119.9))
        with self.assertRaisesRegex(failure.LabError, r"took 120 s \(expected: less than 120 s\)"):
            self._told_in(120.0)

    @staticmethod
    def _told_in(seconds: float, existing=list) -> int:
        with (
            mock.patch.object(story, "CHAPTERS", ()),
            mock.patch.object(announcer, "prepare"),
            mock.patch.object(netns, "existing", existing),
            mock.patch.multiple(lab, up=mock.DEFAULT, status=lambda: []),
            mock.patch.object(lab, "down", netns.remove_all),
            mock.patch("time.monotonic", side_effect=[1000.0, 1000.0 + seconds]),
            contextlib.redirect_stdout(io.StringIO()),
        ):
            return story.tell(None)


class Rehearsals(unittest.TestCase):
    def test_a_daemon_has_rehearsed_when_it_says_how_that_went_be_it_well_or_not(self):
        log = process.folder("gva-ann1") / "log"
        self.addCleanup(log.unlink)
        begun = "2026-11-28T07:21:37.069Z INFO event=started site=GVA dry-run=false hosts=2 services=1\n"
        for said, has in (
            ("", False),
            ("2026-11-28T07:21:43.069Z INFO event=rehearsed speaker=exabgp deaths=250 first-ms=8.837 ms=0.956\n", True),
            ("2026-11-28T07:21:43.069Z WARN event=rehearsal-failed speaker=exabgp reason=x\n", True),
        ):
            log.write_text(begun + said)
            self.assertEqual(has, announcer.has_rehearsed(topology.ANNOUNCERS[0]), said)


class Trial(unittest.TestCase):
    def test_the_child_that_is_broken_off_runs_no_more_of_the_test_than_up(self):
        here = os.getpid()

        def ended(*_):
            return os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT) is not None

        with (
            mock.patch.object(lab, "up", side_effect=RuntimeError("no cable")),
            mock.patch.object(process, "until", ended),
            mock.patch("traceback.print_exc"),
            self.assertRaisesRegex(failure.LabError, r"exit code 1 \(expected: 130\)"),
        ):
            try:
                trial._broken_off(None, signal.SIGINT, {})
            finally:
                if os.getpid() != here:
                    os._exit(99)


class Peers(unittest.TestCase):
    NEAR, FAR, CLIENT = "10.1.0.12:8333", "10.2.0.11:40000", "203.0.113.2:40001"

    def test_a_peer_at_the_other_site_by_its_private_address_is_required(self):
        steps._require_private(topology.NODES[0], [self.NEAR, self.FAR, self.CLIENT])
        with self.assertRaisesRegex(failure.LabError, "no peer at the other site"):
            steps._require_private(topology.NODES[0], [self.NEAR, self.CLIENT])

    def test_a_node_that_is_a_peer_by_a_public_address_too_is_told(self):
        for public in ("85.208.70.12", "85.208.68.11", topology.SERVICE):
            with self.subTest(public), self.assertRaisesRegex(failure.LabError, f"address: {public}$"):
                steps._require_private(topology.NODES[0], [self.FAR, f"{public}:8333"])


class Handshakes(unittest.TestCase):
    def test_a_version_that_is_cut_is_a_failed_handshake(self):
        whole = client._version("203.0.113.2")
        self.assertEqual(client.AGENT.decode(), client._agent(whole))
        for length in (0, 80, 81, 80 + len(client.AGENT)):
            with self.subTest(length), self.assertRaisesRegex(ConnectionError, f"{length} bytes"):
                client._agent(whole[:length])

    def test_an_attempt_that_fails_in_whatever_way_is_counted(self):
        tried = threading.Event()

        def handshake(_):
            tried.set()
            raise IndexError("index out of range")

        with mock.patch.object(client, "handshake", handshake):
            watch = client.Watch("client-gva", pause=60)
            self.assertTrue(tried.wait(10))
            attempts = watch.close()
        self.assertEqual([(None, "index out of range")], [(a.answer, a.error) for a in attempts])


# Bitcoin Core 28.1, `src/httprpc.cpp` and `src/rpc/server.cpp`: HTTP 500 and this body.
WARMUP = (
    b'{"result":null,"error":{"code":-28,"message":"Loading block index\xe2\x80\xa6"},"id":1}\n'
)
UNKNOWN_METHOD = b'{"result":null,"error":{"code":-32601,"message":"Method not found"},"id":1}\n'


class Download(unittest.TestCase):
    """Bitcoin Core without a block of today downloads, and would never be announced."""

    def test_fresh_nodes_are_all_handed_one_block(self):
        self.assertEqual({"b1"}, set(self._tips(["g"] * 4)))

    def test_nodes_that_are_past_it_are_left_alone(self):
        self.assertEqual(["b1"] * 4, self._tips(["b1"] * 4))

    def test_one_that_forgot_its_block_is_handed_it_again(self):
        self.assertEqual(["b1"] * 4, self._tips(["b1", "b1", "g", "b1"]))

    @staticmethod
    def _tips(tips: list[str]) -> list[str]:
        def rpc(host, method, *params):
            at = topology.NODES.index(host)
            if method == "getblockchaininfo":
                return {"initialblockdownload": tips[at] == "g"}
            if method == "generatetoaddress":
                tips[at] = "b1"
                return ["b1"]
            if method == "submitblock":
                tips[at] = params[0]
            return {"getbestblockhash": tips[at], "getblock": params[:1] and params[0]}.get(method)

        with (
            mock.patch.object(node, "rpc", rpc),
            mock.patch.object(node, "bitcoind", lambda: "/bitcoind"),
        ):
            node.end_download()
        return tips


class WarmUp(unittest.TestCase):
    """A node that answers RPC before it can serve, as Bitcoin Core does while it loads."""

    def test_a_node_in_warm_up_does_not_serve_yet(self):
        self.assertFalse(self._serves(500, WARMUP))

    def test_a_node_past_it_serves(self):
        self.assertTrue(self._serves(200, b'{"result":0,"error":null,"id":1}\n'))

    def test_a_node_that_does_not_listen_does_not_serve_yet(self):
        with self._patched(1):
            self.assertFalse(node.serves(topology.NODES[0]))

    def test_another_error_is_told(self):
        with self.assertRaisesRegex(node.RpcError, "gva-btc1 getblockcount: .*Method not found"):
            self._serves(404, UNKNOWN_METHOD)

    def test_an_answer_that_is_not_json_is_told(self):
        with self.assertRaisesRegex(node.RpcError, "gva-btc1 getblockcount: HTTP 401 b''"):
            self._serves(401, b"")

    def _serves(self, status: int, body: bytes) -> bool:
        class Answer(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        with http.server.HTTPServer(("127.0.0.1", 0), Answer) as server:
            threading.Thread(target=server.handle_request, daemon=True).start()
            with self._patched(server.server_port):
                return node.serves(topology.NODES[0])

    @staticmethod
    @contextlib.contextmanager
    def _patched(port: int):
        real = http.client.HTTPConnection

        def dial(_, __, timeout):
            return real("127.0.0.1", port, timeout=timeout)

        with (
            mock.patch.object(netns, "entered", return_value=contextlib.nullcontext()),
            mock.patch("http.client.HTTPConnection", dial),
        ):
            yield


if __name__ == "__main__":
    unittest.main()
