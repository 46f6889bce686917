"""For context: the same container made anew in place by `docker-compose up --force-recreate`."""

import os
import shutil
import subprocess

from stage import await_port, free_ports

PROJECT = """\
version: "3"
services:
  web:
    image: {registry}/peer-sample:${{VERSION}}
    environment: {{PORT: "8080", SAMPLE_START_DELAY_MS: "1000"}}
    ports: ["127.0.0.1:{port}:8080"]
"""


class Compose:
    name = "compose"

    def __init__(self, stage):
        self.stage = stage
        (self.port,) = free_ports(1)
        text = PROJECT.format(registry=stage.registry, port=self.port)
        self.project = os.path.dirname(stage.write("compose/docker-compose.yml", text))

    @staticmethod
    def is_there():
        return shutil.which("docker-compose") is not None

    def start(self):
        self.stage.endings.append(lambda: self._compose("v0", "down", "--timeout", "2"))
        self.up(self.stage.next_version())
        await_port(self.port)

    def up(self, version):
        self._compose(version, "up", "--detach", "--force-recreate")

    def versions(self):
        text = subprocess.run(["docker-compose", "version", "--short"], capture_output=True, text=True, check=True)
        return {"docker-compose": text.stdout.strip()}

    def _compose(self, version, *arguments):
        subprocess.run(
            ["docker-compose", "--project-name", "tealpeer", *arguments], cwd=self.project, check=True,
            env=dict(self.stage.environment, VERSION=version), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
