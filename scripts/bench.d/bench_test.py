"""How scripts/bench counts what did not come, and what its ear hears; needs no root and starts no node."""

import contextlib
import io
import json
import os
import random
import signal
import socket
import subprocess
import threading
import time
import unittest
from pathlib import Path
from unittest import mock

import ear
import kill
import load
import machine
import speakers
from rows import HOPELESS, Lost, Row, losing, part, to_json, to_table

PEER = "127.0.1.1"


def quiet():
    return contextlib.redirect_stderr(io.StringIO())


class RowTest(unittest.TestCase):
    def test_a_sample_that_does_not_come_is_lost_and_the_next_one_counts(self):
        row = Row("c", wanted=2)
        with quiet():
            with losing(row):
                raise Lost("nothing within 30 s")
            with losing(row):
                row.take(1.5)
        self.assertEqual((2, 1, [1.5]), (row.n, row.lost, row.samples))
        self.assertFalse(row.due)

    def test_a_connection_that_is_gone_loses_the_sample_too(self):
        row = Row("c")
        with quiet(), losing(row):
            raise BrokenPipeError()
        self.assertEqual(1, row.lost)

    def test_a_row_without_hope_leaves_the_time_to_others_and_counts_the_rest_as_lost(self):
        row = Row("c", wanted=30)
        with quiet():
            while row.due:
                with losing(row):
                    raise Lost("nothing within 30 s")
        self.assertEqual(HOPELESS, row.lost)
        row.give_up()
        self.assertEqual((30, 30), (row.n, row.lost))

    def test_a_sample_between_two_losses_keeps_hope(self):
        row = Row("c", wanted=30)
        for _ in range(HOPELESS):
            row.lose()
            row.take(1.0)
        self.assertTrue(row.due)

    def test_a_set_up_that_fails_costs_its_own_row_only(self):
        failed, other = Row("failed", wanted=3), Row("other", wanted=3)
        with quiet(), part(failed, other):
            with part(failed):
                raise RuntimeError("no process")
            other.take(1.0)
        self.assertEqual((3, 0), (failed.lost, other.lost))

    def test_the_table_and_the_json_come_without_any_sample(self):
        row = Row("c", wanted=1, lost=1)
        self.assertIn("| c ", to_table([row]))
        self.assertEqual(
            {"case", "n", "median_ms", "p95_ms", "max_ms", "cpu_ms_per_s", "lost"},
            set(json.loads(to_json([row]))[0]),
        )


class EarTest(unittest.TestCase):
    def setUp(self):
        self.process = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
        self.addCleanup(self.stop)
        self.say(event="listening")
        with mock.patch.object(ear, "spawn", return_value=self.process):
            self.ear = ear.Ear("", None)

    def stop(self):
        self.process.stdin.close()
        with contextlib.suppress(Lost):
            self.ear.wait(lambda e: False, self.ear.position(), 10)
        self.process.stdout.close()
        self.process.wait()

    def say(self, **event):
        self.process.stdin.write(json.dumps(event).encode() + b"\n")

    def change(self, event: str, prefix: str):
        self.say(event=event, peer=PEER, prefix=prefix, nanos=time.monotonic_ns())

    def test_a_change_before_the_position_is_not_the_one_awaited(self):
        self.change("withdraw", "192.0.2.0/24")
        self.change("announce", "192.0.2.0/24")
        self.ear.wait_held("192.0.2.0/24", PEER, 10)
        with self.assertRaises(Lost):
            self.ear.wait_change("withdraw", "192.0.2.0/24", PEER, self.ear.position(), 0.05)

    def test_nothing_is_read_before_as_much_came_as_is_awaited(self):
        position = self.ear.position()
        self.change("announce", "10.0.0.0/24")
        with mock.patch.object(json, "loads", side_effect=AssertionError("read")):
            with self.assertRaises(Lost):
                self.ear.wait(lambda e: True, position, 0.05, at_least=2)

    def test_what_a_session_held_is_void_at_its_end(self):
        self.change("announce", "192.0.2.0/24")
        self.ear.wait_held("192.0.2.0/24", PEER, 10)
        position = self.ear.position()
        self.say(event="ended", peer=PEER)
        self.ear.wait(lambda e: e["event"] == "ended", position, 10)
        self.assertEqual(set(), self.ear.held(PEER))

    def test_what_is_forgotten_is_still_held_and_moves_no_position(self):
        self.change("announce", "192.0.2.0/24")
        self.ear.wait_held("192.0.2.0/24", PEER, 10)
        position = self.ear.position()
        self.ear.forget()
        self.assertEqual(position, self.ear.position())
        self.assertTrue(self.ear.holds("192.0.2.0/24", PEER))
        self.change("withdraw", "192.0.2.0/24")
        self.ear.wait_change("withdraw", "192.0.2.0/24", PEER, position, 10)

    def test_a_minute_with_a_host_down_is_no_sample_of_load_also_when_it_came_back(self):
        self.change("announce", "203.0.113.20/32")
        self.ear.wait_held("203.0.113.20/32", PEER, 10)
        position = self.ear.position()
        load._require_all_up(self.ear, "203.0.113.20/32", PEER, position)
        for event in ("withdraw", "announce"):
            self.change(event, "203.0.113.20/32")
        self.ear.wait_change("announce", "203.0.113.20/32", PEER, position, 10)
        with self.assertRaisesRegex(Lost, "not every host"):
            load._require_all_up(self.ear, "203.0.113.20/32", PEER, position)

    def test_an_ear_that_is_gone_ends_every_wait(self):
        threading.Timer(0.05, self.process.kill).start()
        with self.assertRaisesRegex(Lost, "gone"):
            self.ear.wait(lambda e: False, 0, 60)


class MachineTest(unittest.TestCase):
    def test_a_namespace_that_only_begins_like_ours_is_left_alone(self):
        ran = []

        def run(command, **_):
            ran.append(command)
            listed = f"{machine.SITE}\nbench-node0 (id: 0)\nbench-node9\nbench-mine\n"
            return subprocess.CompletedProcess(command, 0, listed if command[2] == "list" else "", "")

        with mock.patch("subprocess.run", run):
            machine.remove_network(1)
        named = {command[3] for command in ran if len(command) > 3}
        self.assertEqual({machine.SITE, "bench-node0"}, named)

    def test_what_does_not_end_when_told_to_is_killed(self):
        def popen(command, real=subprocess.Popen):
            return real(command[command.index(machine.SITE) + 1 :])

        numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        handlers = {number: signal.getsignal(number) for number in numbers}
        try:
            with (
                mock.patch("subprocess.Popen", popen),
                mock.patch.object(machine, "END_SECONDS", 0.1),
            ):
                deaf = "trap '' TERM; kill -TERM $PPID; exec sleep 30"
                self.assertEqual(1, machine.run_in_site(["bash", "-c", deaf]))
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)


class ShippedFlagsTest(unittest.TestCase):
    def test_the_whole_announcer_of_bulk_and_urgent_runs_with_the_daemons_flags(self):
        flags = speakers.shipped_flags(Path(__file__).resolve().parents[2])
        self.assertLess({"-Xmx128m", "-XX:TieredStopAtLevel=1", "-Xlog:disable"}, set(flags))
        self.assertTrue(all(flag.startswith("-") for flag in flags), flags)


class TurnsTest(unittest.TestCase):
    def test_few_kills_are_spread_over_the_whole_interval(self):
        phases = kill.spread(random.Random(1), 7, 5.0)
        self.assertEqual(list(range(7)), sorted(int(each * 7 / 5.0) for each in phases))
        self.assertNotEqual(phases, sorted(phases))

    def test_ours_stands_still_while_a_rival_is_measured_and_goes_on_also_when_that_fails(self):
        process = subprocess.Popen(["sleep", "60"])
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        announcer = mock.Mock(daemon=lambda: process.pid)
        with contextlib.suppress(Lost), speakers.Announcer.paused(announcer):
            stopped = os.waitid(os.P_PID, process.pid, os.WSTOPPED)
            self.assertEqual(signal.SIGSTOP, stopped.si_status)
            raise Lost("nothing within 30 s")
        self.assertEqual(signal.SIGCONT, os.waitid(os.P_PID, process.pid, os.WCONTINUED).si_status)

    def test_a_death_that_ours_does_not_tell_after_a_rival_is_lost_to_ours(self):
        told = []
        ear = mock.Mock(position=lambda: 5, holds=lambda prefix, peer: True)
        ear.wait_change.side_effect = lambda *arguments: told.append("awaited") or self._lost()
        announcer = mock.Mock(peer=PEER, paused=lambda: contextlib.nullcontext())
        row, rival = Row("ours", wanted=2), Row("rival", wanted=2)
        with quiet(), losing(rival), kill.Watcher(row, announcer).standing_still(ear):
            told.append("measured")
        self.assertEqual((1, 0), (row.lost, rival.lost))
        self.assertEqual(["measured", "awaited"], told)
        ear.wait_change.assert_called_with("withdraw", kill.PREFIX, PEER, 5, kill.WITHDRAW_SECONDS)

    @staticmethod
    def _lost():
        raise Lost("nothing within 30 s")


class IdleClientTest(unittest.TestCase):
    def test_a_connection_that_does_not_end_is_none_and_not_a_wait_without_end(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            with mock.patch.object(kill, "P2P_PORT", port), mock.patch.object(kill, "WITHDRAW_SECONDS", 1):
                with kill._idle_client("127.0.0.1") as idle:
                    connection = server.accept()[0]
                    connection.sendall(b"said")
                    self.assertIsNone(kill._await_end(idle))
                    connection.close()
                    self.assertIsNotNone(kill._await_end(idle))


if __name__ == "__main__":
    unittest.main()
