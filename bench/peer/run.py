#!/usr/bin/env python3
"""Measures deploys of containers with Teal beside Kamal; see README.md."""

import argparse
import json
import os
import platform
import signal
import subprocess
import sys
import time

import table
from cases import CASES
from compose import Compose
from kamal import Kamal
from stage import Stage
from teal import Teal

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class PeerStage(Stage):
    def program(self, name):
        path = os.path.abspath(os.path.join(self.options.programs, name))
        if not os.access(path, os.X_OK):
            sys.exit(f"peer: {path} is not there; build it with `make release`")
        return path


def open_sides(stage, options):
    """The sides by name, in the order in which their figures are shown."""
    sides = {"teal": Teal(stage)}
    if options.kamal:
        sides["kamal"] = Kamal(stage)
    if Compose.is_there():
        sides["compose"] = Compose(stage)
    else:
        print("peer: without docker-compose, so without its row")
    for name in [name for name in sides if name not in options.sides]:
        del sides[name]
    for side in sides.values():
        side.start()
    return sides


def measure(stage, sides, options, report):
    """All runs of all cases. The sides take turns, forwards and backwards, so that no one has the quiet moments."""
    results = report["cases"] = {}
    for name, (case, share, wanted) in CASES.items():
        if options.only and not any(part in name for part in options.only):
            continue
        taking = [sides[side] for side in wanted if side in sides]
        for index in range(max(1, round(options.runs * share)) if taking else 0):
            for side in taking if index % 2 == 0 else taking[::-1]:
                figures = case(side, stage)
                results.setdefault(name, {}).setdefault(side.name, []).append(figures)
                print(f"{time.strftime('%H:%M:%S')}  {name}, {side.name}: {table.brief(figures)}", flush=True)
        # What has been measured is not lost when a later case fails.
        save(report, options.output)


def save(report, path):
    os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
    with open(path, "w") as file:
        json.dump(report, file, indent=2)
        file.write("\n")


def conditions(stage, sides, options):
    with open("/proc/cpuinfo") as file:
        model = next((line.partition(":")[2].strip() for line in file if line.startswith("model name")), "unknown")
    versions = {"docker": stage.docker("version", "--format", "{{.Server.Version}}")}
    for side in sides.values():
        versions.update(side.versions())
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    return {
        "date": time.strftime("%Y-%m-%d"), "commit": commit.stdout.strip(), "runs": options.runs, "processor": model,
        "processors": len(os.sched_getaffinity(0)), "kernel": platform.release(), "load": os.getloadavg()[0],
        "versions": versions,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--programs", default=os.path.join(ROOT, ".build-release/stripped"), help="Teal's programs")
    parser.add_argument("--image", default="teal-sample:latest", help="the sample service's image")
    parser.add_argument("--runs", type=int, default=6, help="of each case; slow ones take half as many")
    parser.add_argument("--only", type=lambda text: text.split(","), help="parts of cases' names")
    parser.add_argument("--sides", default="teal,kamal,compose", type=lambda text: text.split(","))
    parser.add_argument("--kamal", metavar="DIR", help="where Kamal's command `kamal` is; without it Teal runs alone")
    parser.add_argument("--kamal-proxy", metavar="PROGRAM", help="Kamal's proxy, as a static program")
    parser.add_argument("--kamal-proxy-version", default="v0.9.2", help="what that Kamal wants")
    parser.add_argument("--keep", action="store_true", help="keep the directory of the run")
    parser.add_argument("--output", default=os.path.join(ROOT, "results/peer.json"))
    options = parser.parse_args()
    if bool(options.kamal) != bool(options.kamal_proxy):
        parser.error("--kamal and --kamal-proxy belong together")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))

    stage = PeerStage(options)
    try:
        stage.start_registry()
        sides = open_sides(stage, options)
        report = conditions(stage, sides, options)
        measure(stage, sides, options, report)
    finally:
        stage.strike()
    table.show(report)
    return 0


if __name__ == "__main__":
    sys.exit(main())
