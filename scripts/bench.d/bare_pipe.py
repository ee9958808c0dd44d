"""ExaBGP's API process for the floor: writes one command, and says when.

Argument: the port to connect to. Each line read there is written to ExaBGP as it is, and answered with
the CLOCK_MONOTONIC nanoseconds of just before the write. ExaBGP's answers are read and dropped.
"""

import os
import socket
import sys
import threading
import time


def drain() -> None:
    while os.read(0, 65536):
        pass
    os._exit(0)


threading.Thread(target=drain, daemon=True).start()
control = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
control.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
for line in control.makefile("rb"):
    nanos = time.monotonic_ns()
    os.write(1, line)
    control.sendall(b"%d\n" % nanos)
