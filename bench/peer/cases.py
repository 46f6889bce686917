"""What is done to each side. A case takes a side and gives the figures of one run."""

import re
import time

from traffic import Load, LongRequest, WebSocket

RATE = 300
# Enough to see the switch to 20 ms, too little to disturb.
RATE_WATCHING = 50
LONG_SECONDS = 10


def deploy(side, stage, rate=RATE_WATCHING, **variables):
    """One deploy: how long the command takes, when the new release answers first, what the clients see."""
    version = stage.next_version()
    load = Load(stage, side.port, rate)
    ended = side.expect(side.deploy(version, **variables))
    moments = side.moments(ended)
    seen = load.stop()
    return {
        "commandSeconds": ended.seconds,
        "switchedSeconds": seen.first_answer(version, ended.began),
        **{f"{name}Seconds": seconds for name, seconds in moments.items() if name != "switched"},
        **seen.summary(),
    }


def deploy_plain(side, stage):
    return deploy(side, stage)


def deploy_without_watch(side, stage):
    return deploy(side, stage, **side.like_for_like)


def deploy_loaded(side, stage):
    return deploy(side, stage, RATE)


def deploy_loaded_without_watch(side, stage):
    return deploy(side, stage, RATE, **side.like_for_like)


def deploy_in_flight(side, stage, **variables):
    """A streamed answer of 10 s, an event stream and a WebSocket are open at the switch, under load."""
    version = stage.next_version()
    load = Load(stage, side.port, RATE)
    socket = WebSocket(side.port)
    events = LongRequest(side.port, LONG_SECONDS, "/sse")
    stream = LongRequest(side.port, LONG_SECONDS)
    time.sleep(0.5)
    ended = side.expect(side.deploy(version, **side.like_for_like, **variables))
    moments = side.moments(ended)
    for probe in (stream, events, socket):
        probe.join(90)
    seen = load.stop()
    switched = seen.first_answer(version, ended.began)
    moment = ended.began + int((switched or 0) * 1e9)
    return {
        "commandSeconds": ended.seconds,
        "switchedSeconds": switched,
        "settledSeconds": moments.get("settled"),
        "stream": stream.how, "streamFirstByteSeconds": stream.first_byte,
        "events": events.how, "eventsFirstByteSeconds": events.first_byte,
        "webSocket": socket.how, "webSocketEndedAfterSwitchSeconds": socket.lived_after(moment),
        **seen.summary(),
    }


def deploy_in_flight_closing(side, stage):
    """The same where WebSockets are told at the switch to come again; what holds is what the old release said."""
    side.moments(side.expect(side.deploy(stage.next_version(), WS="close", **side.like_for_like)))
    return deploy_in_flight(side, stage, WS="close")


def rollback(side, stage, **variables):
    """Back from a fresh release to the one before, which stopped at settle."""
    before, after = stage.next_version(), stage.next_version()
    for version in (before, after):
        ended = side.expect(side.deploy(version, **{**variables, **side.like_for_like}))
        side.moments(ended)
    load = Load(stage, side.port, RATE_WATCHING)
    ended = side.expect(side.rollback(before))
    moments = side.moments(ended)
    seen = load.stop()
    return {
        "commandSeconds": ended.seconds,
        "switchedSeconds": back_again(seen, after, before, ended.began),
        "settledSeconds": moments.get("settled"),
        **seen.summary(),
    }


def rollback_warm(side, stage):
    """The same while the one before still runs."""
    return rollback(side, stage, STANDBY="1h")


def back_again(seen, after, before, began):
    """Seconds until the old release answered; it gave no answer before, since the load began after it had left."""
    return seen.first_answer(before, began)


def kill(index):
    def case(side, stage):
        """The command is killed at a moment; then the next deploy is asked for, all under load."""
        name, pattern, after = side.kills[index]
        version, following = stage.next_version(), stage.next_version()
        load = Load(stage, side.port, RATE)
        stream = LongRequest(side.port, LONG_SECONDS)
        command = side.begin(version)
        if command.wait_for(pattern, 60) is None:
            raise RuntimeError(f"the command never came to where it was to be killed, {name}:\n{command.finish().text}")
        time.sleep(after)
        command.kill()
        killed = time.monotonic_ns()
        command.finish()
        next_deploy = side.deploy(following)
        refused, steps = next_deploy.code != 0, 0
        reason = last_words(next_deploy) if refused else None
        if refused:
            side.settle()
        stream.join(30)
        if refused:
            steps = side.unlock()
            next_deploy = side.deploy(following)
        side.moments(side.expect(next_deploy))
        seen = load.stop()
        return {
            "nextDeployRefused": refused, "refusedWith": reason, "manualSteps": steps,
            "nextDeployCode": next_deploy.code, "nextDeploySeconds": next_deploy.seconds,
            "killedVersionAnsweredAfterKillSeconds": seen.first_answer(version, killed),
            "stream": stream.how,
            **seen.summary(),
        }

    return case


def unhealthy(**variables):
    def case(side, stage):
        """A release that never gets well: how long until the command ends, and what it says."""
        version = stage.next_version()
        load = Load(stage, side.port, RATE)
        ended = side.deploy_told(version, **variables)
        seen = load.stop()
        return {
            "code": ended.code, "commandSeconds": ended.seconds, "says": last_words(ended),
            "answeredByIt": seen.first_answer(version, ended.began) is not None,
            **seen.summary(),
        }

    return case


def proxy_killed(side, stage):
    load = Load(stage, side.port, RATE)
    side.kill_proxy()
    time.sleep(1)
    return load.stop().summary()


def proxy_restarted(side, stage):
    load = Load(stage, side.port, RATE)
    side.restart_proxy()
    time.sleep(1)
    return load.stop().summary()


def recreated(side, stage):
    """For context: the container is made anew in place."""
    version = stage.next_version()
    load = Load(stage, side.port, RATE)
    began = time.monotonic()
    side.up(version)
    took = time.monotonic() - began
    time.sleep(3)
    return {"commandSeconds": round(took, 3), **load.stop().summary()}


def last_words(ended):
    """The lines that tell why, without those that only tell how to go on."""
    told = [line for line in ended.lines if re.search(r"error|ERROR|^at:|failed|unhealthy|exited", line)]
    return [line[:300] for line in told[:6]] or [line[:300] for line in ended.lines[-3:]]


# By name: the case, its number of runs in relation to `--runs`, and the sides that have it.
BOTH, TEAL, COMPOSE = ("teal", "kamal"), ("teal",), ("compose",)
CASES = {
    "deploy": (deploy_plain, 1, BOTH),
    "deploy without watch": (deploy_without_watch, 1, TEAL),
    "deploy under load": (deploy_loaded, 1, BOTH),
    "deploy under load without watch": (deploy_loaded_without_watch, 1, TEAL),
    "rollback": (rollback, 1, BOTH),
    "rollback to a warm standby": (rollback_warm, 1, TEAL),
    "in flight": (deploy_in_flight, 0.5, BOTH),
    "in flight, sockets told to close": (deploy_in_flight_closing, 0.5, TEAL),
    "killed before the new one starts": (kill(0), 0.5, BOTH),
    "killed while the new one starts": (kill(1), 0.5, BOTH),
    "killed after the switch": (kill(2), 0.5, BOTH),
    "never healthy: 503": (unhealthy(HEALTH="never"), 0.5, BOTH),
    "never healthy: crash loop": (unhealthy(CRASH="200"), 0.5, BOTH),
    "proxy killed": (proxy_killed, 1, BOTH),
    "proxy restarted": (proxy_restarted, 1, BOTH),
    "compose, made anew in place": (recreated, 1, COMPOSE),
}
