"""A link between two network namespaces that goes down, loses and reorders, without any kernel module for it: a TUN device
at each end, and a process between them that carries the packets, or does not.

Link    makes both namespaces and the link; near() moves this process and what it will start to the near one, far() is the
        words that start a command in the far one; `loss` and so on may be set at any time; close() takes all of it away
"""
import ctypes
import fcntl
import heapq
import mmap
import os
import random
import select
import signal
import struct
import subprocess
import time

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000  # linux/if_tun.h
CLONE_NEWNET = 0x40000000
NEAR, FAR = "10.211.77.1", "10.211.77.2"


def ip(*words):
    subprocess.run(["ip", *words], check=True, capture_output=True, text=True)


def missing():
    """Why there can be no such link here; None when there can."""
    if os.geteuid() != 0:
        return "only root may make network namespaces"
    if not os.path.exists("/dev/net/tun"):
        return "there is no /dev/net/tun"
    name = f"rg{os.getpid() % 100000}t"
    try:
        ip("netns", "add", name)
        ip("netns", "delete", name)
    except (OSError, subprocess.CalledProcessError) as e:
        return f"network namespaces cannot be made: {getattr(e, 'stderr', e)}".strip()
    return None


class Link:
    """loss, late: thousandths of the packets; late ones come after others that were sent later. down: carries nothing."""

    def __init__(self, seed=1):
        tag = f"rg{os.getpid() % 100000}"
        self.near_name, self.far_name = tag + "n", tag + "f"
        self.shared = mmap.mmap(-1, 64)
        ends = [self.end(self.near_name, NEAR), self.end(self.far_name, FAR)]
        self.pid = os.fork()
        if self.pid == 0:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            self.carry(ends, random.Random(seed))
        for fd in ends:
            os.close(fd)

    def end(self, name, address):
        fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN | IFF_NO_PI))
        ip("netns", "add", name)
        ip("link", "set", name, "netns", name)
        for words in (["addr", "add", address + "/24", "dev", name], ["link", "set", name, "up"], ["link", "set", "lo", "up"]):
            ip("-n", name, *words)
        return fd

    def set(self, loss=0, late=0, down=0):
        self.shared[0:12] = struct.pack("3i", loss, late, down)

    def counts(self):
        """Packets carried, lost, late."""
        return struct.unpack("3q", self.shared[16:40])

    def carry(self, ends, dice):
        waiting, order, carried, lost, late = [], 0, 0, 0, 0
        while True:
            pause = max(0, waiting[0][0] - time.monotonic()) if waiting else None
            for fd in select.select(ends, [], [], pause)[0]:
                loss, delay, down = struct.unpack("3i", self.shared[0:12])
                try:
                    packet = os.read(fd, 65536)
                except OSError:
                    continue
                if down or dice.randrange(1000) < loss:
                    lost += 1
                    continue
                is_late = dice.randrange(1000) < delay
                late += is_late
                order += 1
                due = time.monotonic() + (dice.uniform(0.005, 0.04) if is_late else 0)
                heapq.heappush(waiting, (due, order, ends[1 - ends.index(fd)], packet))
            while waiting and waiting[0][0] <= time.monotonic():
                _, _, fd, packet = heapq.heappop(waiting)
                carried += 1
                try:
                    os.write(fd, packet)
                except OSError:
                    pass
            self.shared[16:40] = struct.pack("3q", carried, lost, late)

    def near(self):
        fd = os.open(f"/run/netns/{self.near_name}", os.O_RDONLY)
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.setns(fd, CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")
        os.close(fd)

    def far(self):
        return ["ip", "netns", "exec", self.far_name]

    def close(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        for name in (self.near_name, self.far_name):
            ip("netns", "delete", name)
