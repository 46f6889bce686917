#!/usr/bin/env python3
"""Medians of a report beside what was published of the peer: `table.py [--markdown] results/peer.json`."""

import argparse
import json
import os
import statistics

PUBLISHED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "published.json")
# What a line about one run names, if the run has it.
BRIEF = (
    "code", "switchedSeconds", "releasedSeconds", "settledSeconds", "commandSeconds", "nextDeployCode",
    "nextDeploySeconds", "stream", "events", "webSocket", "webSocketEndedAfterSwitchSeconds", "outageSeconds", "p99Ms",
    "failed", "says", "refusedWith",
)


def brief(figures):
    """A line for one run."""
    return ", ".join(f"{key} {figures[key]}" for key in BRIEF if figures.get(key) not in (None, [], ""))


# A figure of several runs, in words; empty where no run has it.


def values(runs, key):
    return [run[key] for run in runs if isinstance(run.get(key), (int, float))]


def seconds(key):
    def told(runs):
        found = [round(value, 2) + 0.0 for value in values(runs, key)]
        if not found:
            return ""
        text = f"{statistics.median(found):.2f} s"
        return text if len(found) == 1 else f"{text} ({min(found):.2f} to {max(found):.2f})"

    return told


def failed(runs):
    found, asked = values(runs, "failed"), sum(values(runs, "requests"))
    if not found:
        return ""
    if asked and not any(found):
        return f"0 of {asked:,}".replace(",", " ")
    text = f"{statistics.median(found):.0f}"
    return text if len(set(found)) == 1 else f"{text} ({min(found)} to {max(found)})"


def latency(runs):
    found = [values(runs, key) for key in ("p50Ms", "p99Ms", "maxMs")]
    if not all(found):
        return ""
    p50, p99, most = map(statistics.median, found)
    return f"{p50:.1f}, {p99:.1f}, {most:.0f} ms"


def endings(key):
    def told(runs):
        found = [run[key] for run in runs if run.get(key)]
        return ", ".join(f"{how} ({found.count(how)} of {len(found)})" for how in sorted(set(found)))

    return told


def refusals(runs):
    found = [run["nextDeployRefused"] for run in runs if "nextDeployRefused" in run]
    return f"{sum(found)} of {len(found)}" if found else ""


def steps(runs):
    found = values(runs, "manualSteps")
    return f"{statistics.median(found):.0f}" if found else ""


FIGURES = {
    "switched": seconds("switchedSeconds"),
    "released": seconds("releasedSeconds"),
    "settled": seconds("settledSeconds"),
    "command": seconds("commandSeconds"),
    "first byte of the streamed answer": seconds("streamFirstByteSeconds"),
    "streamed answer of 10 s": endings("stream"),
    "event stream of 10 s": endings("events"),
    "WebSocket ended by": endings("webSocket"),
    "WebSocket ended after the switch": seconds("webSocketEndedAfterSwitchSeconds"),
    "next deploy refused": refusals,
    "steps by hand": steps,
    "next deploy": seconds("nextDeploySeconds"),
    "outage": seconds("outageSeconds"),
    "failed": failed,
    "p50, p99, max": latency,
}
# The beginnings of the names of cases in which only some of them tell something.
TELLING = {
    "killed": ("next deploy refused", "steps by hand", "next deploy", "outage", "failed"),
    "never": ("command", "failed"),
    "proxy": ("outage", "failed"),
    "compose": ("outage", "failed"),
}
NOTHING = ("", "0.00 s", "0.00 s (0.00 to 0.00)")


def rows(report):
    """Case by case the figures that one of the sides has: `(case, figure, {side: words})`."""
    for name, case in report["cases"].items():
        for figure in TELLING.get(name.split()[0].strip(","), FIGURES):
            told = {side: FIGURES[figure](runs) for side, runs in case.items()}
            if any(words not in NOTHING for words in told.values()):
                yield name, figure, told


def beside(report):
    """The report with what was published as one side more, for the cases that it has."""
    published = read(PUBLISHED)["cases"]
    cases = {name: {**case, **published.get(name, {})} for name, case in report["cases"].items()}
    return {**report, "cases": cases}


def show(report):
    """For a terminal."""
    published = read(PUBLISHED)
    print(f"\nMedians (least to most) of {report['runs']} runs, of half as many in slow cases.")
    print(f"Published: {published['source']} ({published['date']}).")
    last = None
    for name, figure, told in rows(beside(report)):
        if name != last:
            print(f"\n{name}")
        last = name
        for side, words in told.items():
            if words:
                print(f"  {figure:34} {side:10} {words}")


def markdown(report):
    """As it stands in docs/benchmarks.md."""
    last, context = None, []
    print("| | | Teal | Kamal | Kamal, published |\n|---|---|---|---|---|")
    for name, figure, told in rows(beside(report)):
        if "compose" in told:
            context.append(f"{figure} {told['compose']}, published {told['published']}")
            continue
        words = [name if name != last else "", figure, *(told.get(side, "") for side in ("teal", "kamal", "published"))]
        print("|" + "|".join(f" {word} " if word else " " for word in words) + "|")
        last = name
    if context:
        print("\nFor context, `docker-compose up --force-recreate` under the same load: " + "; ".join(context) + ".")


def read(path):
    with open(path) as file:
        return json.load(file)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("report")
    parser.add_argument("--markdown", action="store_true", help="as it stands in docs/benchmarks.md")
    options = parser.parse_args()
    (markdown if options.markdown else show)(read(options.report))


if __name__ == "__main__":
    main()
