"""A PUB socket of the system's libzmq: prints its endpoint, then publishes what stdin says.

One line per notification: TOPIC HEX-BODY COUNTER. Ends with stdin.
"""
import struct
import sys

import zmq

context = zmq.Context()
socket = context.socket(zmq.PUB)
socket.setsockopt(zmq.LINGER, 0)
socket.bind("tcp://127.0.0.1:0")
print(socket.getsockopt(zmq.LAST_ENDPOINT).decode().rstrip("\0"), zmq.zmq_version(), flush=True)
for line in sys.stdin:
    topic, body, counter = line.split()
    socket.send_multipart(
        [topic.encode(), bytes.fromhex(body), struct.pack("<I", int(counter))])
