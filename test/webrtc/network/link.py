"""Joins two network namespaces by a link that loses, delays, reorders and blocks packets, as told on stdin.

Usage: link.py namespace-a address-a namespace-b address-b; then lines of JSON with the keys loss (0 to 1), delayMs,
jitterMs and blockUdp. Answers each line, and its own start, with "ok". A TUN device in each namespace is its end.
"""

import ctypes
import fcntl
import heapq
import json
import os
import random
import select
import struct
import subprocess
import sys
import time

TUNSETIFF = 0x400454CA
IFF_TUN_WITHOUT_HEADER = 0x1001
CLONE_NEWNET = 0x40000000
UDP = 17

libc = ctypes.CDLL(None, use_errno=True)


def open_end(namespace, address):
    with open(f"/run/netns/{namespace}") as handle:
        if libc.setns(handle.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")
    end = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(end, TUNSETIFF, struct.pack("16sH", b"link0", IFF_TUN_WITHOUT_HEADER))
    for command in (["addr", "add", f"{address}/24", "dev", "link0"], ["link", "set", "link0", "up"], ["link", "set", "lo", "up"]):
        subprocess.run(["ip", *command], check=True)
    return end


random.seed(1)
ends = [open_end(sys.argv[1], sys.argv[2]), open_end(sys.argv[3], sys.argv[4])]
settings = {}
waiting = []
count = 0
commands = b""
print("ok", flush=True)

while True:
    timeout = max(0, waiting[0][0] - time.monotonic()) if waiting else None
    readable, _, _ = select.select([0, *ends], [], [], timeout)
    now = time.monotonic()
    if 0 in readable:
        chunk = os.read(0, 65536)
        if not chunk:
            sys.exit()
        *lines, commands = (commands + chunk).split(b"\n")
        for line in lines:
            settings = json.loads(line)
            print("ok", flush=True)
    for end, other in (ends, ends[::-1]):
        if end not in readable:
            continue
        packet = os.read(end, 65536)
        if packet[0] >> 4 != 4 or random.random() < settings.get("loss", 0):
            continue
        if settings.get("blockUdp") and packet[9] == UDP:
            continue
        delay = settings.get("delayMs", 0) + settings.get("jitterMs", 0) * random.random()
        count += 1
        heapq.heappush(waiting, (now + delay / 1000, count, other, packet))
    while waiting and waiting[0][0] <= time.monotonic():
        _, _, end, packet = heapq.heappop(waiting)
        try:
            os.write(end, packet)
        except OSError:
            pass
