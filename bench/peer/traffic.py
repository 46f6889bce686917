"""What clients see: the load generator, one long request, one WebSocket."""

import base64
import json
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

from stage import HOST

LOAD_SECONDS_MAX = 600
PROBE_SECONDS_MAX = 180


class Load:
    """Runs `teal-load` in the open loop until it is stopped; a third of its requests have a connection of their own."""

    def __init__(self, stage, port, rate):
        self.report = stage.path("load", f"{time.monotonic_ns()}.json")
        self.process = subprocess.Popen(
            [stage.program("teal-load"), "--url", f"http://127.0.0.1:{port}", "--host", HOST, "--rate", str(rate),
             "--duration", str(LOAD_SECONDS_MAX), "--report", self.report, "--bound"],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )
        self.rate = rate
        time.sleep(1)

    def stop(self):
        time.sleep(0.5)
        self.process.send_signal(signal.SIGTERM)
        _, words = self.process.communicate(timeout=30)
        if self.process.returncode not in (0, 1):
            sys.exit(f"peer: teal-load ended with {self.process.returncode}: {words}")
        with open(self.report) as file:
            return Seen(json.load(file))


class Seen:
    """The report of a load generator, as far as the cases need it."""

    def __init__(self, report):
        self.report = report

    def summary(self):
        latency = self.report["latencyMs"]
        return {
            "requests": self.report["requests"],
            "failed": self.report["failed"],
            "failures": {kind: failure["count"] for kind, failure in self.report["failures"].items()},
            "outageSeconds": self.outage(),
            "reconnects": self.report["reconnects"],
            "p50Ms": latency["p50"], "p99Ms": latency["p99"], "maxMs": latency["max"],
            "late": self.report["late"],
        }

    def outage(self):
        """From the first failed request to the last."""
        failures = self.report["failures"].values()
        if not failures:
            return 0
        span = max(failure["lastNs"] for failure in failures) - min(failure["firstNs"] for failure in failures)
        return round(span / 1e9, 3)

    def first_answer(self, version, since):
        """Seconds until a release answered for the first time."""
        release = self.report["perRelease"].get(version)
        return round((release["firstNs"] - since) / 1e9, 3) if release and release["answers"] else None


class Probe(threading.Thread):
    """A request of its own, followed to its end in a thread."""

    def __init__(self, port, path, fields=""):
        super().__init__(daemon=True)
        self.socket = socket.create_connection(("127.0.0.1", port), 5)
        self.socket.settimeout(PROBE_SECONDS_MAX)
        self.began = time.monotonic_ns()
        self.socket.sendall(f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\n{fields}\r\n".encode())
        self.ended = None
        self.how = "open"

    def finish(self, how):
        self.ended = time.monotonic_ns()
        self.how = how
        self.socket.close()

    def lived_after(self, moment):
        """Seconds from a moment to the end; None when it has not ended."""
        return None if self.ended is None else round((self.ended - moment) / 1e9, 3)


class LongRequest(Probe):
    """A streamed answer; `how` becomes `whole` or says how it ended instead."""

    def __init__(self, port, seconds, path="/stream"):
        super().__init__(port, f"{path}?seconds={seconds}&ms=200", "Connection: close\r\n")
        self.first_byte = None
        self.start()

    def run(self):
        data = b""
        try:
            while more := self.socket.recv(65536):
                data += more
                body = data.partition(b"\r\n\r\n")[2]
                if body and self.first_byte is None:
                    self.first_byte = round((time.monotonic_ns() - self.began) / 1e9, 3)
        except OSError as error:
            return self.finish(f"{type(error).__name__} after {len(data)} bytes")
        head, _, body = data.partition(b"\r\n\r\n")
        status = head.split(b"\r\n")[0].decode(errors="replace")
        ok = " 200" in status and re.search(rb"\bend\b", body)
        self.finish("whole" if ok else f"cut after {len(body)} bytes ({status})")


class WebSocket(Probe):
    """An open socket that says something five times a second; `how` becomes the close code, or `bare end`."""

    def __init__(self, port):
        key = base64.b64encode(os.urandom(16)).decode()
        fields = ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {key}"]
        super().__init__(port, "/ws", "".join(field + "\r\n" for field in fields))
        self.start()

    def run(self):
        try:
            data = b""
            while b"\r\n\r\n" not in data:
                data += self._more()
            head, _, data = data.partition(b"\r\n\r\n")
            if b" 101 " not in head.split(b"\r\n")[0]:
                return self.finish(f"refused: {head.splitlines()[0].decode(errors='replace')}")
            self.socket.settimeout(0.2)
            while True:
                code, data = parse_frames(data)
                if code is not None:
                    return self.finish(f"close {code}")
                try:
                    data += self._more()
                except TimeoutError:
                    self._say(b"hello")
        except (EOFError, OSError):
            self.finish("bare end")

    def _more(self):
        more = self.socket.recv(65536)
        if not more:
            raise EOFError
        return more

    def _say(self, text):
        mask = os.urandom(4)
        masked = bytes(byte ^ mask[index % 4] for index, byte in enumerate(text))
        self.socket.sendall(bytes([0x81, 0x80 | len(text)]) + mask + masked)


def parse_frames(data):
    """Passes over whole frames (RFC 6455, section 5.2); gives the code of a close frame and what is left."""
    while len(data) >= 2:
        length, offset = data[1] & 0x7F, 2
        if length == 126:
            if len(data) < 4:
                break
            length, offset = struct.unpack(">H", data[2:4])[0], 4
        if len(data) < offset + length:
            break
        if data[0] & 0x0F == 8:
            return (struct.unpack(">H", data[offset:offset + 2])[0] if length >= 2 else 1005), b""
        data = data[offset + length:]
    return None, data
