"""How scripts/soak finds what it fuzzes and reads what it ran; starts neither a fuzzer nor BIRD."""

import contextlib
import datetime
import io
import tempfile
import time
import unittest
from pathlib import Path

import fuzz
import hold
import process
import soak

ROOT = Path(__file__).resolve().parents[2]


class ArgumentsTest(unittest.TestCase):
    def test_nothing_said_is_everything(self):
        asked = soak.parse([])
        self.assertTrue(asked.fuzz and asked.hold)
        self.assertEqual((10, 10, []), (asked.fuzz_minutes, asked.hold_minutes, asked.targets))

    def test_an_option_is_for_the_word_it_stands_behind(self):
        asked = soak.parse(["fuzz", "P2pDecoder", "--minutes", "3", "--keep", "hold", "--minutes", "0.5"])
        self.assertEqual((3, 0.5, ["P2pDecoder"]), (asked.fuzz_minutes, asked.hold_minutes, asked.targets))
        self.assertTrue(asked.keep)

    def test_an_option_before_both_is_for_both(self):
        asked = soak.parse(["--minutes", "2"])
        self.assertEqual((2, 2), (asked.fuzz_minutes, asked.hold_minutes))

    def test_what_makes_no_sense_is_refused_in_one_line(self):
        for words in (["hold", "P2pDecoder"], ["--minutes"], ["--minutes", "0"], ["--bogus"], ["fuzz", "Bogus"]):
            errors = io.StringIO()
            with self.subTest(words), contextlib.redirect_stderr(errors):
                self.assertEqual(64, soak.main(ROOT, words))
                self.assertIn("expected:", errors.getvalue().splitlines()[0])


class TargetsTest(unittest.TestCase):
    def test_every_fuzz_test_of_the_tree_is_found_and_has_seeds(self):
        sources = list(ROOT.glob("**/src/test/java/**/*FuzzTest.java"))
        found = fuzz.targets(ROOT)
        self.assertEqual(len(sources), len(found))
        self.assertGreaterEqual(len(found), 13)
        for target in found:
            self.assertTrue(target.seeds(), f"{target.name}: no seed in {target.inputs}")

    def test_no_inputs_are_left_of_a_test_that_is_gone(self):
        known = {target.inputs for target in fuzz.targets(ROOT)}
        there = {folder for folder in ROOT.glob("**/src/test/resources/**/*FuzzTestInputs/*")}
        self.assertEqual(known, there)

    def test_the_seeds_are_small(self):
        sizes = [seed.stat().st_size for target in fuzz.targets(ROOT) for seed in target.seeds()]
        self.assertLess(sum(sizes), 400_000)
        self.assertLessEqual(max(sizes), fuzz.MAX_BYTES)


class StatisticsTest(unittest.TestCase):
    LOG = (
        "#12\tNEW    cov: 230 ft: 3 corp: 1/1b\n"
        "stat::number_of_executed_units: 12\n"
        "#99\tDONE   cov: 302 ft: 1363 corp: 162/78Kb lim: 1500\n"
        "stat::number_of_executed_units: 1164626\n"
    )

    def test_the_last_word_counts_because_each_finding_tells_too(self):
        self.assertEqual((1164626, 302), fuzz._statistics(self.LOG))

    def test_a_fuzzer_that_never_ran_is_no_result(self):
        self.assertEqual((None, 0), fuzz._statistics("Error: no such class\n"))


class HoldTest(unittest.TestCase):
    def test_the_gaps_are_those_between_keepalives_of_the_time_of_the_hold(self):
        log = "".join(
            f"2026-01-02 12:00:{second} <TRACE> held: {what}\n"
            for second, what in (
                ("00.000000", "Got KEEPALIVE"),
                ("05.000000", "Got KEEPALIVE"),
                ("05.900000", "Sending KEEPALIVE"),
                ("06.000000", "Got KEEPALIVE"),
                ("07.250000", "Got KEEPALIVE"),
            )
        )
        begin = datetime.datetime(2026, 1, 2, 12, 0, 4)
        gaps = hold.keepalive_gaps(log, begin, begin + datetime.timedelta(seconds=10))
        self.assertEqual([1.0, 1.25], gaps)

    def test_a_session_that_is_not_established_has_no_time(self):
        up = "held       BGP        ---        up     2026-01-02 12:00:00.123456  Established   \n"
        since = datetime.datetime(2026, 1, 2, 12, 0, 0, 123456)
        self.assertEqual(since, hold.established_since("Name       Proto\n" + up))
        self.assertIsNone(hold.established_since(up.replace("up  ", "start").replace("Established", "Passive")))

    def test_collections_are_read_with_their_pauses(self):
        log = "[1.2s][info][gc] GC(0) Pause Young (Allocation Failure) 3M->1M(15M) 1.250ms\n"
        log += "[1.4s][info][gc] GC(1) Pause Full (System.gc()) 3M->1M(15M) 20.500ms\n"
        self.assertEqual([1.25, 20.5], hold.gc_pauses(log))

    def test_the_flags_are_those_of_the_launcher(self):
        self.assertIn("-XX:+UseSerialGC", hold.shipped_flags(ROOT))


class ProcessTest(unittest.TestCase):
    def test_a_process_is_gone_with_its_children_when_the_block_is_left(self):
        with tempfile.TemporaryDirectory() as folder:
            log = Path(folder) / "log"
            with self.assertRaises(KeyboardInterrupt):
                with process.running(["sh", "-c", "sleep 600 & echo $!; wait"], log) as shell:
                    while not log.read_text().strip():
                        time.sleep(0.01)
                    child = int(log.read_text())
                    raise KeyboardInterrupt
            self.assertIsNotNone(shell.poll())
            self._await_gone(child)

    def _await_gone(self, pid: int) -> None:
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError):
                # A container may have nobody who reaps orphans.
                if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z":
                    time.sleep(0.01)
                    continue
            return
        self.fail(f"{pid} still runs")

    def test_the_table_is_markdown(self):
        row = process.Result("fuzz X", 10.0, "1,000 executions").row()
        self.assertEqual("| fuzz X | 10 | 1,000 executions | nothing |", row)


if __name__ == "__main__":
    unittest.main()
