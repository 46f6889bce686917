"""Teal's side: a daemon in a home of its own, asked by the `teal` command."""

import contextlib
import json
import os
import signal
import time
from types import MappingProxyType

from stage import HOST, Command, await_port, await_that, free_ports

# Health has the peer's deadline instead of 80 s, so that both give up after the same time.
PROJECT = """\
project: peer
services:
  web:
    image: {registry}/peer-sample:${{VERSION}}
    port: 8080
    host: {host}
    env:
      SAMPLE_START_DELAY_MS: ${{DELAY:-1000}}
      SAMPLE_HEALTH: ${{HEALTH:-ok}}
      SAMPLE_CRASH_AFTER_MS: ${{CRASH:-86400000}}
    upgraded: {{/ws: "${{WS:-keep}}"}}
    health: {{path: /health, deadline: 30s}}
    watch: {{window: "${{WATCH:-10s}}"}}
    keep: {{standby: "${{STANDBY:-0s}}"}}
"""


class Teal:
    name = "teal"
    # What the peer does not do is left out where only the work itself is compared.
    like_for_like = MappingProxyType({"WATCH": "0s"})
    # Where a command is killed: a name, the line after which, and how many seconds later.
    kills = (
        ("before the new one starts", r'"phase":"fetch"', 0),
        ("while the new one starts", r'"phase":"prove"', 0.3),
        ("after the switch", r'"moment":"switched"|"kind":"switched"', 0.3),
    )

    def __init__(self, stage):
        self.stage = stage
        self.home = stage.path("teal", "home")
        self.project = os.path.dirname(
            stage.write("teal/project/teal.yml", PROJECT.format(registry=stage.registry, host=HOST))
        )
        self.environment = dict(
            stage.environment, TEAL_HOME=self.home, TEAL_PROXY=stage.program("teal-proxy"),
            TEAL_SHIM=stage.program("teal-shim"),
        )

    def start(self):
        self.port, internal = free_ports(2)
        self.stage.endings.append(self._remove)
        command = [self.stage.program("teal"), "serve", "--listen", f"127.0.0.1:{self.port}", "--internal-listen"]
        command.append(f"127.0.0.1:{internal}")
        self.daemon = self.stage.serve("teal", command, env=self.environment, cwd=self.project)
        await_that(lambda: os.path.exists(f"{self.home}/run/teal.sock"), 20, "the daemon's socket")
        version = self.stage.next_version()
        self.expect(self.deploy(version, WATCH="0s"))
        await_port(self.port)
        return version

    def versions(self):
        return {"teal": self.run("version").lines}

    # Commands

    def command(self, *arguments, output="json", **variables):
        words = [self.stage.program("teal"), *arguments]
        if output:
            words += ["--output", output]
        return Command(words, {**self.environment, **variables}, self.project)

    def run(self, *arguments, output=None, **variables):
        return self.command(*arguments, output=output, **variables).finish()

    def begin(self, version, **variables):
        return self.command("deploy", "--wait", "2m", VERSION=version, **variables)

    def deploy(self, version, **variables):
        return self.begin(version, **variables).finish()

    def deploy_told(self, version, **variables):
        """A deploy whose words are for a person."""
        return self.run("deploy", "--wait", "2m", VERSION=version, **variables)

    def rollback(self, _version):
        return self.run("rollback", output="json")

    def expect(self, ended):
        if ended.code:
            raise RuntimeError(f"teal ended with {ended.code}\n{ended.text}")
        return ended

    def moments(self, ended):
        """When a rollout's moments came, from its beginning, once it has settled."""
        rollout = next(
            value["rollout"]["id"] for value in map(parsed, reversed(ended.lines)) if value and "rollout" in value
        )
        done = self.command("attach", rollout, "--until", "settled").finish()
        last = next(value for value in map(parsed, reversed(done.lines)) if value and "rollout" in value)
        return {moment["moment"]: round(moment["seconds"], 3) for moment in last["rollout"]["moments"]}

    def settle(self):
        """Waits for the end of the rollout that is under way, if there is one."""
        self.command("attach", "--until", "settled").finish()

    def unlock(self):
        """There is nothing that a person would have to do."""
        return 0

    # Proxy

    def proxies(self):
        found = []
        for entry in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{entry}/cmdline", "rb") as file:
                    words = file.read().decode(errors="replace").split("\0")
            except OSError:
                continue  # ended meanwhile
            if os.path.basename(words[0]) == "teal-proxy" and any(self.home in word for word in words):
                found.append(int(entry))
        return found

    def kill_proxy(self):
        (pid,) = self.proxies()
        os.kill(pid, signal.SIGKILL)
        await_that(lambda: self.proxies() not in ([], [pid]), 20, "the next proxy")

    def restart_proxy(self):
        """Asks the proxy to end; the daemon starts the program that is there now."""
        (pid,) = self.proxies()
        os.kill(pid, signal.SIGTERM)
        await_that(lambda: self.proxies() not in ([], [pid]), 60, "the next proxy")

    def _remove(self):
        for number in (signal.SIGTERM, signal.SIGKILL):
            for pid in self.proxies():
                # One that ended by itself meanwhile is as good.
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, number)
            deadline = time.monotonic() + 5
            while self.proxies() and time.monotonic() < deadline:
                time.sleep(0.02)
        try:
            with open(f"{self.home}/docker/id") as file:
                mark = file.read().strip()
        except FileNotFoundError:
            return  # the Engine was asked for nothing
        docker = self.stage.docker
        for container in docker("ps", "--all", "--quiet", "--filter", f"label=teal.home={mark}", check=False).split():
            docker("rm", "--force", "--volumes", container, check=False)
        for network in docker("network", "ls", "--quiet", "--filter", f"label=teal.home={mark}", check=False).split():
            docker("network", "rm", network, check=False)


def parsed(line):
    try:
        return json.loads(line)
    except ValueError:
        return None
