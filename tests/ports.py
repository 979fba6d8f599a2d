"""Ports for what listens later, or never: such that nobody else is given them meanwhile."""

import random
import socket
from pathlib import Path

_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")


def free_port() -> int:
    """A port nothing listens on, below those the system hands out by itself.

    One that it had handed out for port 0 could go to any other process between this call and its use.
    """
    first_of_the_system = int(_RANGE.read_text().split()[0]) if _RANGE.exists() else 32_768
    while True:
        port = random.SystemRandom().randrange(10_000, max(first_of_the_system, 20_000))
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
