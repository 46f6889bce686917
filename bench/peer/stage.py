"""What a run needs around the two sides: a directory, ports, the image, commands that are watched line by line."""

import os
import pty
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

HOST = "peer.localhost"
COMMAND_SECONDS_MAX = 300
COLOURS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Stage:
    """A directory for temporary files and everything that was started, ended in the reverse order."""

    def __init__(self, options):
        self.options = options
        self.root = tempfile.mkdtemp(prefix="teal-peer-")
        self.endings = []
        self.versions = 0
        # What else is made of a new version's image, by its name.
        self.also = []
        self.sample = options.image
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("TEAL_")}

    def path(self, *names):
        path = os.path.join(self.root, *names)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        return path

    def write(self, name, text, mode=0o644):
        path = self.path(name)
        with open(path, "w") as file:
            file.write(text)
        os.chmod(path, mode)
        return path

    def serve(self, name, command, **settings):
        """Starts a server that ends with the stage."""
        with open(self.path("logs", name), "w") as log:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, **settings
            )
        self.endings.append(lambda: end(process))
        return process

    def docker(self, *arguments, check=True):
        done = subprocess.run(["docker", *arguments], env=self.environment, capture_output=True, text=True, check=False)
        if check and done.returncode:
            sys.exit(f"peer: `docker {' '.join(arguments)}` ended with {done.returncode}\n{done.stderr}")
        return done.stdout.strip()

    def start_registry(self):
        (port,) = free_ports(1)
        self.registry = f"127.0.0.1:{port}"
        settings = f"""\
version: 0.1
log: {{level: error}}
storage: {{filesystem: {{rootdirectory: {self.path('registry', 'data')}}}}}
http: {{addr: '{self.registry}'}}
"""
        self.serve("registry", ["docker-registry", "serve", self.write("registry/config.yml", settings)])
        await_port(port)

    def next_version(self):
        """A new version of the sample's image: on the host, and in the registry."""
        self.versions += 1
        version = f"v{self.versions}"
        name = f"{self.registry}/peer-sample:{version}"
        # The peer's image of the published figures had no HEALTHCHECK either.
        text = f"""\
FROM {self.sample}
ENV HOST=0.0.0.0 SAMPLE_VERSION={version}
HEALTHCHECK NONE
LABEL version="{version}"
"""
        folder = os.path.dirname(self.write(f"images/{version}/Dockerfile", text))
        self.build(name, folder)
        self.docker("push", "--quiet", name)
        for also in self.also:
            also(version, name)
        return version

    def build(self, name, folder):
        # The classic builder needs no plugin; that it will go one day is all it says.
        done = subprocess.run(
            ["docker", "build", "--quiet", "--tag", name, folder], env=dict(self.environment, DOCKER_BUILDKIT="0"),
            capture_output=True, text=True, check=False,
        )
        if done.returncode:
            sys.exit(f"peer: the image {name} could not be built\n{done.stderr}")

    def strike(self):
        for ending in reversed(self.endings):
            try:
                ending()
            except (OSError, subprocess.SubprocessError) as error:
                print(f"peer: while cleaning up: {error}", file=sys.stderr)
        if self.options.keep:
            print(f"peer: everything is kept in {self.root}")
            return
        subprocess.run(["chmod", "-R", "u+w", self.root], check=False)
        shutil.rmtree(self.root, ignore_errors=True)


class Command:
    """A command under way, whose lines are read as they come, with the time of each."""

    def __init__(self, words, environment, directory, terminal=False):
        self.lines = []
        self.changed = threading.Condition()
        self.began = time.monotonic_ns()
        self.ended = None
        if terminal:
            # Some programs hold their lines back when nobody watches.
            reading, writing = pty.openpty()
        else:
            reading, writing = os.pipe()
        self.process = subprocess.Popen(
            words, env=environment, cwd=directory, stdin=subprocess.DEVNULL, stdout=writing, stderr=writing,
            start_new_session=True,
        )
        os.close(writing)
        self.reader = threading.Thread(target=self._read, args=(reading,), daemon=True)
        self.reader.start()

    def _read(self, descriptor):
        rest = b""
        while True:
            try:
                data = os.read(descriptor, 65536)
            except OSError:  # how the end of a terminal shows
                data = b""
            now = time.monotonic_ns()
            *lines, rest = (rest + data).split(b"\n")
            if not data and rest:
                lines, rest = [rest], b""
            with self.changed:
                for line in lines:
                    self.lines.append((now, COLOURS.sub("", line.decode(errors="replace")).strip()))
                if not data:
                    self.ended = now
                self.changed.notify_all()
            if not data:
                os.close(descriptor)
                return

    def wait_for(self, pattern, seconds):
        """Waits for a line and gives its time; None when the command ended without it."""
        deadline = time.monotonic() + seconds
        seen = 0
        with self.changed:
            while True:
                for at, line in self.lines[seen:]:
                    if re.search(pattern, line):
                        return at
                seen = len(self.lines)
                if self.ended is not None or not self.changed.wait(deadline - time.monotonic()):
                    return None

    def kill(self):
        self.process.send_signal(signal.SIGKILL)

    def finish(self, seconds=COMMAND_SECONDS_MAX):
        """Waits for the end; a command that takes too long is a failure of the run."""
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise
        took = time.monotonic_ns() - self.began
        self.reader.join(5)
        return Ended(code, round(took / 1e9, 3), self.began, [line for _, line in self.lines])


class Ended:
    def __init__(self, code, seconds, began, lines):
        self.code, self.seconds, self.began, self.lines = code, seconds, began, lines

    @property
    def text(self):
        return "\n".join(self.lines)


def end(process, seconds=10):
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def await_port(port, seconds=20):
    def answers():
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            return False
        return True

    await_that(answers, seconds, f"a listener at port {port}")


def await_that(condition, seconds, what):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            sys.exit(f"peer: {what} did not come within {seconds} s")
        time.sleep(0.01)
