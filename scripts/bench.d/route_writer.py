"""ExaBGP's API process that wishes many routes at once, as a user of its API would.

Argument: the port to connect to. Each line there is an order:

    plain announce N | plain withdraw N   a command per prefix, all of them as fast as the pipe takes them
    bulk announce N | bulk withdraw N     48 prefixes a command, the next when ExaBGP has answered

and is answered, when ExaBGP has answered all, with the CLOCK_MONOTONIC nanoseconds of just before the
first write.
"""

import os
import socket
import sys
import threading
import time

from prefixes import prefixes

# One turn of ExaBGP's reactor executes about 50 steps, one per NLRI: more a line is slower.
PER_COMMAND = 48


class Answers:
    """Reads what ExaBGP says for ever, and counts the `done`s."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._done = 0
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in os.fdopen(0, "rb"):
            if line.strip() == b"done":
                with self._changed:
                    self._done += 1
                    self._changed.notify_all()
        os._exit(0)

    def count(self) -> int:
        with self._changed:
            return self._done

    def wait(self, count: int) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._done >= count)


def write(text: str) -> None:
    left = memoryview(text.encode())
    while left:
        left = left[os.write(1, left) :]


def plain(verb: str, wished: list[str], answers: Answers) -> int:
    text = "".join(f"{verb} route {prefix} next-hop self\n" for prefix in wished)
    count = answers.count() + len(wished)
    begun = time.monotonic_ns()
    write(text)
    answers.wait(count)
    return begun


def bulk(verb: str, wished: list[str], answers: Answers) -> int:
    lines = [
        f"{verb} attributes next-hop self nlri {' '.join(wished[i : i + PER_COMMAND])}\n"
        for i in range(0, len(wished), PER_COMMAND)
    ]
    count = answers.count()
    begun = time.monotonic_ns()
    for line in lines:
        write(line)
        count += 1
        answers.wait(count)
    return begun


def main() -> None:
    answers = Answers()
    control = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
    control.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    control.sendall(b"ready\n")
    for order in control.makefile("r"):
        form, verb, count = order.split()
        begun = {"plain": plain, "bulk": bulk}[form](verb, prefixes(int(count)), answers)
        control.sendall(b"%d\n" % begun)


if __name__ == "__main__":
    main()
