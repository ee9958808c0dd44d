"""That the mirror of Debian is the machine's own, and that none is made up; apt is a fake here."""

import os
import subprocess
import tempfile
import unittest
from pathlib import Path

SOURCED = Path(__file__).with_name("sid.sh")


class SidMirror(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        (self.root / "sources.list.d").mkdir()
        (self.root / "bin").mkdir()
        self.indexed("")

    def indexed(self, lines: str) -> None:
        """What apt says of its indexes."""
        apt_get = self.root / "bin/apt-get"
        apt_get.write_text(f"#!/bin/sh\nprintf '{lines}'\n")
        apt_get.chmod(0o755)

    def source(self, name: str, text: str) -> None:
        (self.root / name).write_text(text)

    def mirror(self) -> subprocess.CompletedProcess:
        return subprocess.run(
            ["bash", "-c", f"set -euo pipefail; source '{SOURCED}'; sid_mirror"],
            capture_output=True,
            text=True,
            check=False,
            env=os.environ
            | {"PATH": f"{self.root}/bin:{os.environ['PATH']}", "APT_SOURCES": str(self.root)},
        )

    def test_the_mirror_of_the_indexes_comes_first_but_not_that_of_security(self):
        self.indexed(r"http://s.example/debian-security/\nhttp://i.example/debian/\n")
        self.source("sources.list", "deb http://one.example/debian bookworm main\n")
        self.assertEqual(self.mirror().stdout, "http://i.example/debian/\n")

    def test_a_list_of_lines_is_read(self):
        self.source(
            "sources.list",
            "# deb http://comment.example/debian x main\n"
            "deb-src http://source.example/debian x main\n"
            "deb http://security.example/debian-security x main\n"
            "deb http://other.example/node x main\n"
            "deb [arch=amd64 signed-by=/x] http://one.example/debian bookworm main\n",
        )
        self.assertEqual(self.mirror().stdout, "http://one.example/debian\n")

    def test_a_list_of_stanzas_is_read(self):
        self.source(
            "sources.list.d/debian.sources",
            "Enabled: no\nTypes: deb\nURIs: http://off.example/debian\nSuites: x\n\n"
            "Types: deb-src\nURIs: http://source.example/debian\nSuites: x\n\n"
            "# the mirror\nTypes: deb deb-src\nURIs: http://security.example/debian-security\n"
            "  http://two.example/debian\nSuites: x\n",
        )
        self.assertEqual(self.mirror().stdout, "http://two.example/debian\n")

    def test_without_a_mirror_it_says_where_it_looked(self):
        ended = self.mirror()
        self.assertEqual(ended.returncode, 69)
        self.assertEqual(ended.stdout, "")
        self.assertIn(f"{self.root}/sources.list", ended.stderr)


if __name__ == "__main__":
    unittest.main()
