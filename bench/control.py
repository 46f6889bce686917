"""As much of teal-proxy's control protocol as the benchmark needs; see Sources/TealProxyWire."""

import socket
import struct


def varint(number):
    out = b""
    while number >= 0x80:
        out += bytes([number & 0x7F | 0x80])
        number >>= 7
    return out + bytes([number])


def field(tag, value):
    if isinstance(value, int):
        value = varint(int(value))
    elif isinstance(value, str):
        value = value.encode()
    return varint(tag) + varint(len(value)) + value


def table(version, port, name):
    """One service with one target that takes every request."""
    target = field(1, name) + field(2, "127.0.0.1") + field(3, port)
    service = field(1, "bench/web") + field(2, target)
    route = field(1, 0) + field(3, "/") + field(5, "bench/web")
    return field(1, 1) + field(2, version) + field(3, route) + field(4, service)


class Control:
    HELLO, PUBLISH, APPLIED = 1, 2, 130

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(10)
        self.socket.connect(path)
        self.ask(self.HELLO, field(1, 1) + field(2, 1) + field(3, "bench"))

    def ask(self, kind, body):
        self.socket.sendall(struct.pack(">IB", len(body) + 1, kind) + body)
        (length,) = struct.unpack(">I", self._read(4))
        return self._read(length)

    def publish(self, version, port, name):
        reply = self.ask(self.PUBLISH, field(1, table(version, port, name)) + field(2, 1))
        if reply[0] != self.APPLIED:
            raise RuntimeError(f"table {version} was not applied: {reply!r}")

    def _read(self, count):
        data = b""
        while len(data) < count:
            more = self.socket.recv(count - len(data))
            if not more:
                raise RuntimeError("the proxy closed the control socket")
            data += more
        return data
