"""The commands of scripts/lab, whose header is their usage."""

import argparse
import os
import signal
import subprocess
import sys

import client
import lab
from failure import EX_USAGE, LabError
from topology import CLIENTS


def main() -> int:
    arguments = _parser().parse_args()
    # TERM and HUP end a command the way Ctrl-C does: through its `finally`.
    for number in lab.INTERRUPTS:
        if signal.getsignal(number) != signal.SIG_IGN:  # nohup
            signal.signal(number, _interrupt)
    try:
        return arguments.run(arguments) or 0
    except LabError as e:
        print(f"lab: {e}", file=sys.stderr)
        return e.exit_code
    except (OSError, subprocess.SubprocessError) as e:
        print(f"lab: {e}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _interrupt(number, frame):
    raise KeyboardInterrupt


def _up(arguments):
    with lab.lock():
        lab.up(_absolute(arguments.bitcoind))
        lab.leave_to_user()
        _status(arguments)


def _down(_):
    with lab.lock():
        lab.down()


def _status(_):
    _require_up()
    print("\n".join(lab.status()))


def _traceroute(arguments):
    _require_up()
    for number, hop in enumerate(client.traceroute(arguments.client), 1):
        print(f"{number:>2}  {hop}")
    print(f"    {lab.reach(arguments.client)}")


def _kill(arguments):
    _require_up()
    lab.kill(lab.host(arguments.host))


def _stop(arguments):
    _require_up()
    lab.stop(lab.host(arguments.host))


def _heal(arguments):
    _require_up()
    print(f"{arguments.host} {lab.heal(lab.host(arguments.host))}")


def _demo(arguments):
    import story

    with lab.lock():
        return story.tell(_absolute(arguments.bitcoind))


def _test(arguments):
    import trial

    with lab.lock():
        return trial.run(_absolute(arguments.bitcoind))


def _require_up():
    if not lab.is_up():
        raise LabError("no lab is up: scripts/lab up")


def _absolute(path: str | None) -> str | None:
    if path and not os.access(path, os.X_OK):
        raise LabError(f"--bitcoind: {path} (expected: an executable file)")
    return os.path.abspath(path) if path else None


class _Parser(argparse.ArgumentParser):
    def error(self, message):
        print(f"{self.prog}: {message} (expected: scripts/lab --help)", file=sys.stderr)
        sys.exit(EX_USAGE)


def _parser():
    parser = _Parser(prog="scripts/lab")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name, run, help_text):
        added = commands.add_parser(name, help=help_text)
        added.set_defaults(run=run)
        return added

    def with_bitcoind(added):
        added.add_argument("--bitcoind", metavar="PATH", help="Bitcoin Core instead of bcoin")

    with_bitcoind(command("up", _up, "build and start everything"))
    command("status", _status, "the looking glass")
    command("traceroute", _traceroute, "a client's way to the service").add_argument(
        "client", choices=CLIENTS
    )
    command("kill", _kill, "kill -9 a host's process").add_argument("host")
    command("stop", _stop, "SIGSTOP a host's process").add_argument("host")
    command("heal", _heal, "continue or start it again").add_argument("host")
    command("down", _down, "remove everything")
    with_bitcoind(command("demo", _demo, "the guided story"))
    with_bitcoind(command("test", _test, "the story as assertions"))
    return parser


if __name__ == "__main__":
    sys.exit(main())
