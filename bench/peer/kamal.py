"""The peer's side: Kamal, unmodified and with its default settings, against an sshd on loopback."""

import getpass
import os
import shutil
import subprocess
import sys
import time
from types import MappingProxyType

from stage import HOST, Command, await_port, free_ports

PROXY = "kamal-proxy"
DEPLOY = """\
service: peer
image: peer-kamal
servers: [127.0.0.1]
registry: {{server: "{registry}", username: peer, password: peer}}
builder: {{arch: amd64}}
ssh: {{user: {user}, port: {ssh}, keys: ["{key}"], keys_only: true}}
env:
  clear:
    PORT: "8080"
    SAMPLE_START_DELAY_MS: "<%= ENV.fetch("DELAY", "1000") %>"
    SAMPLE_HEALTH: "<%= ENV.fetch("HEALTH", "ok") %>"
    SAMPLE_CRASH_AFTER_MS: "<%= ENV.fetch("CRASH", "86400000") %>"
proxy:
  host: {host}
  app_port: 8080
  healthcheck: {{path: /health}}
  run: {{http_port: {http}, https_port: {https}, bind_ips: [127.0.0.1]}}
"""
SSHD = """\
Port {port}
ListenAddress 127.0.0.1
HostKey {root}/ssh/host
PidFile {root}/ssh/pid
AuthorizedKeysFile {root}/ssh/key.pub
StrictModes no
UsePAM no
PasswordAuthentication no
PermitRootLogin prohibit-password
SetEnv HOME={root}/kamal/server DOCKER_HOST={docker}
ForceCommand cd {root}/kamal/server && exec sh -c "$SSH_ORIGINAL_COMMAND"
"""
# The published image has a whole Debian-like system around the program, which does nothing here.
IMAGE = f"""\
FROM scratch
COPY {PROXY} /usr/local/bin/{PROXY}
COPY tmp /tmp
COPY tmp /home/{PROXY}/.config/{PROXY}
ENV HOME=/home/{PROXY} PATH=/usr/local/bin
LABEL org.opencontainers.image.title={PROXY}
CMD ["{PROXY}", "run"]
"""


class Kamal:
    name = "kamal"
    like_for_like = MappingProxyType({})
    kills = (
        ("before the new one starts", r"Ensure kamal-proxy is running", 0.1),
        ("while the new one starts", r"Running docker exec kamal-proxy kamal-proxy deploy", 0.3),
        # Nothing that it writes tells the switch; a request in flight holds the drain open meanwhile.
        ("after the switch", r"Running docker exec kamal-proxy kamal-proxy deploy", 2.5),
    )

    def __init__(self, stage):
        self.stage = stage
        self.program = os.path.join(os.path.abspath(stage.options.kamal), "kamal")
        self.ssh, self.port, https = free_ports(3)
        text = DEPLOY.format(
            registry=stage.registry, user=getpass.getuser(), ssh=self.ssh, key=stage.path("ssh", "key"), host=HOST,
            http=self.port, https=https,
        )
        self.project = os.path.dirname(os.path.dirname(stage.write("kamal/project/config/deploy.yml", text)))
        self.environment = dict(stage.environment, HOME=stage.path("kamal", "home", ""))
        # It takes a version from the commit even where it needs none.
        author = ["-c", "user.name=peer", "-c", "user.email=peer@localhost"]
        for words in (["init", "--quiet"], ["add", "."], [*author, "commit", "--quiet", "--message", "peer"]):
            subprocess.run(["git", *words], cwd=self.project, env=self.environment, check=True)
        os.makedirs(stage.path("kamal", "server", ""), exist_ok=True)

    def start(self):
        if self.stage.docker("ps", "--all", "--quiet", "--filter", f"name=^{PROXY}$"):
            sys.exit(f"peer: there is a container named {PROXY} on this Engine already")
        self._start_ssh()
        self._build_proxy()
        self.stage.endings.append(self._remove)
        self.stage.also.append(self._label)
        version = self.stage.next_version()
        self.expect(self.run("proxy", "boot", "--version", version))
        self.expect(self.deploy(version))
        await_port(self.port)
        return version

    def _start_ssh(self):
        root = self.stage.root
        for name in ("host", "key"):
            path = self.stage.path("ssh", name)
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path], check=True)
        os.makedirs("/run/sshd", exist_ok=True)
        docker = self.stage.environment.get("DOCKER_HOST", "unix:///var/run/docker.sock")
        settings = self.stage.write("ssh/config", SSHD.format(port=self.ssh, root=root, docker=docker))
        self.stage.serve("sshd", ["/usr/sbin/sshd", "-D", "-e", "-f", settings])
        await_port(self.ssh)

    def _label(self, version, sample):
        """It wants an image that is labelled with its service, and prunes whatever else has that label."""
        name = f"{self.stage.registry}/peer-kamal:{version}"
        text = f"FROM {sample}\nLABEL service=peer\n"
        self.stage.build(name, os.path.dirname(self.stage.write(f"images/{version}-kamal/Dockerfile", text)))
        self.stage.docker("push", "--quiet", name)

    def _build_proxy(self):
        folder = os.path.dirname(self.stage.write("kamal-proxy/Dockerfile", IMAGE))
        shutil.copy(self.stage.options.kamal_proxy, os.path.join(folder, PROXY))
        self.stage.write("kamal-proxy/tmp/keep", "")
        version = self.stage.options.kamal_proxy_version
        self.stage.build(f"basecamp/{PROXY}:{version}", folder)

    def versions(self):
        ruby = subprocess.run(["ruby", "--version"], capture_output=True, text=True, check=True).stdout.strip()
        return {
            "kamal": self.run("version").text, "kamal-proxy": self.stage.options.kamal_proxy_version, "ruby": ruby
        }

    # Commands

    def command(self, *arguments, **variables):
        return Command([self.program, *arguments], {**self.environment, **variables}, self.project, terminal=True)

    def run(self, *arguments, **variables):
        return self.command(*arguments, **variables).finish()

    def begin(self, version, **variables):
        return self.command("deploy", "--skip-push", "--version", version, **variables)

    def deploy(self, version, **variables):
        return self.begin(version, **variables).finish()

    deploy_told = deploy

    def rollback(self, version):
        return self.run("rollback", version)

    def expect(self, ended):
        if ended.code:
            raise RuntimeError(f"kamal ended with {ended.code}\n{ended.text}")
        return ended

    def moments(self, _ended):
        """It tells none."""
        return {}

    def settle(self):
        """Gives what was begun on the server the time to go on there without its command."""
        time.sleep(4)

    def unlock(self):
        self.expect(self.run("lock", "release"))
        return 1

    # Proxy

    def kill_proxy(self):
        pid = int(self.stage.docker("inspect", "--format", "{{.State.Pid}}", PROXY))
        os.kill(pid, 9)
        time.sleep(6)

    def restart_proxy(self):
        self.expect(self.run("proxy", "reboot", "--confirmed"))
        time.sleep(2)

    def _remove(self):
        docker = self.stage.docker
        for mark in ("label=service=peer", f"name=^{PROXY}$"):
            for container in docker("ps", "--all", "--quiet", "--filter", mark, check=False).split():
                docker("rm", "--force", "--volumes", container, check=False)
        docker("volume", "rm", "kamal-proxy-config", check=False)
        docker("network", "rm", "kamal", check=False)
