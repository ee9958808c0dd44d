"""That installing a Debian package starts and enables nothing of it; apt and dpkg are fakes here."""

import os
import shutil
import signal
import subprocess
import tempfile
import unittest
from pathlib import Path

SCRIPT = Path(__file__).with_name("apt-install-quietly")

# What a package's installation does: asks whether it may start its daemon, and enables its unit.
APT_GET = """\
#!/bin/sh
case " $* " in *" install "*) ;; *) exit 0 ;; esac
"$QUIET_ROOT/usr/sbin/policy-rc.d" bird start
echo "$?" >"$QUIET_ROOT/policy-said"
ln -s ../bird.service "$QUIET_ROOT/etc/systemd/system/multi-user.target.wants/bird.service"
"""


class AptInstallQuietly(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        self.policy = self.root / "usr/sbin/policy-rc.d"
        self.wants = self.root / "etc/systemd/system/multi-user.target.wants"
        for made in (self.policy.parent, self.wants, self.root / "bin"):
            made.mkdir(parents=True)
        (self.wants / "ssh.service").symlink_to("../ssh.service")
        self.fake("dpkg-query", "#!/bin/sh\n")
        self.fake("deb-systemd-helper", "#!/bin/sh\nexit 1\n")

    def fake(self, name: str, text: str) -> None:
        self.program(self.root / "bin" / name, text)

    @staticmethod
    def program(path: Path, text: str) -> None:
        path.write_text(text)
        path.chmod(0o755)

    def install(self, apt_get: str) -> int:
        self.fake("apt-get", apt_get)
        return subprocess.run(
            [SCRIPT, "bird2"],
            env={"PATH": f"{self.root / 'bin'}:{os.environ['PATH']}", "QUIET_ROOT": str(self.root)},
            capture_output=True,
            check=False,
            timeout=60,
        ).returncode

    def policy_said(self) -> str:
        return (self.root / "policy-said").read_text().strip()

    def enabled(self) -> list[str]:
        return sorted(link.name for link in self.wants.iterdir())

    def test_nothing_is_started_while_apt_works_nor_enabled_after_it(self):
        self.assertEqual(0, self.install(APT_GET))
        self.assertEqual("101", self.policy_said())
        self.assertFalse(self.policy.exists())
        self.assertEqual(["ssh.service"], self.enabled())

    def test_an_apt_that_fails_leaves_neither_the_policy_nor_an_enabled_unit(self):
        self.assertEqual(100, self.install(APT_GET + "exit 100\n"))
        self.assertEqual("101", self.policy_said())
        self.assertFalse(self.policy.exists())
        self.assertEqual(["ssh.service"], self.enabled())

    def test_an_interrupted_one_leaves_no_policy(self):
        self.assertEqual(128 + signal.SIGTERM, self.install(APT_GET + "kill -TERM $PPID\n"))
        self.assertEqual("101", self.policy_said())
        self.assertFalse(self.policy.exists())

    def test_a_machine_without_systemd_is_served_too(self):
        shutil.rmtree(self.root / "etc")
        self.assertEqual(0, self.install('#!/bin/sh\nexec test -x "$QUIET_ROOT/usr/sbin/policy-rc.d"\n'))
        self.assertFalse(self.policy.exists())

    def test_the_administrators_policy_is_the_one_that_is_asked_and_stays(self):
        self.program(self.policy, "#!/bin/sh\nexit 104\n")
        for code in (0, 100):
            with self.subTest(code):
                self.assertEqual(code, self.install(APT_GET + f"exit {code}\n"))
                self.assertEqual("104", self.policy_said())
                self.assertEqual("#!/bin/sh\nexit 104\n", self.policy.read_text())
                self.assertEqual(["ssh.service"], self.enabled())


if __name__ == "__main__":
    unittest.main()
