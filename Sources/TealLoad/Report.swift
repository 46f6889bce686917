/// The report of a finished run, computed from its record.
struct Report {
    let record: Record
    let asked: Options
    let started: UInt64
    let ended: UInt64
    /// Seconds during which requests were due.
    let sendingSeconds: Double
    let routedLines: RoutedHistory?

    var json: JSON {
        .object([
            ("asked", askedFor),
            ("requests", .number(record.requests)),
            ("scheduled", .number(record.scheduled)),
            ("failed", .number(record.failed)),
            ("failures", failures),
            ("reconnects", .number(record.reconnects)),
            ("streams", .number(record.streams)),
            ("streamsCut", .number(record.streamsCut)),
            ("streamsUnfinished", .number(record.streamsUnfinished)),
            ("sse", .number(record.events)),
            ("sseCut", .number(record.eventsCut)),
            ("webSockets", .number(record.webSockets)),
            ("webSocketsCut", .number(record.webSocketsCut)),
            ("webSocketsWrong", .number(record.webSocketsWrong)),
            ("webSocketsClosed", closed),
            ("webSocketsKept", .number(record.webSocketsKept)),
            ("webSocketMessages", .number(record.webSocketMessages)),
            ("webSocketLivesMs", Self.spread(record.webSocketLives.map { Double($0) })),
            ("webSocketEnds", ends),
            ("relayPairs", .number(record.relayPairings)),
            ("relayRepairs", .number(record.relayRepairs.count)),
            ("relayRepairMs", .number(Int(record.relayRepairs.max() ?? 0))),
            ("latencyMs", Self.spread(record.answers.map { Double($0.latencyMicroseconds) / 1000 })),
            ("late", .number(record.lateScheduled)),
            ("perRelease", perRelease),
            ("answeredByRelease", answeredByRelease),
            ("routedChecked", .flag(routedLines?.isUsable == true)),
            ("routedBadLines", .number(routedLines?.badLines ?? 0)),
            ("rateAchieved", .decimal(Double(record.scheduled) / max(sendingSeconds, 0.001))),
            ("startedNs", .number(Int(started))),
            ("endedNs", .number(Int(ended))),
        ])
    }

    /// What the run was to do, so that a report can be judged by itself.
    private var askedFor: JSON {
        .object([
            ("rate", .number(asked.rate)), ("streams", .number(asked.streams)), ("sse", .number(asked.sse)),
            ("webSockets", .number(asked.webSockets)), ("relayPairs", .number(asked.relayPairs)),
            ("routed", .flag(asked.routed != nil)),
        ])
    }

    private var failures: JSON {
        .object(
            Record.Failure.allCases.compactMap { kind in
                record.failures[kind].map { entry in
                    let examples = entry.examples.map { example in
                        JSON.object([("atNs", .number(Int(example.at))), ("what", .text(example.what))])
                    }
                    let members: [(String, JSON)] = [
                        ("count", .number(entry.count)), ("firstNs", .number(Int(entry.first))),
                        ("lastNs", .number(Int(entry.last))), ("examples", .list(examples)),
                    ]
                    return (kind.rawValue, .object(members))
                }
            }
        )
    }

    private var closed: JSON {
        .object(record.webSocketsClosed.sorted { $0.key < $1.key }.map { ("\($0.key)", .number($0.value)) })
    }

    private var ends: JSON {
        .list(
            record.webSocketEnds.map { end in
                .object([
                    ("atNs", .number(Int(end.at))), ("livedMs", .number(Int(end.livedMilliseconds))),
                    ("how", .text(end.how)), ("of", .text(end.of)),
                ])
            }
        )
    }

    private struct Tally {
        var answers = 0, errors = 0
        var first = UInt64.max, last: UInt64 = 0
    }

    private var tallies: [(String, Tally)] {
        var tallies = [Tally](repeating: Tally(), count: record.releases.count)
        for answer in record.answers where Int(answer.release) < tallies.count {
            tallies[Int(answer.release)].answers += 1
            tallies[Int(answer.release)].errors += answer.isError ? 1 : 0
            tallies[Int(answer.release)].first = min(tallies[Int(answer.release)].first, answer.sent)
            tallies[Int(answer.release)].last = max(tallies[Int(answer.release)].last, answer.sent)
        }
        return Array(zip(record.releases, tallies))
    }

    private var perRelease: JSON {
        .object(
            tallies.map { release, tally in
                (
                    release,
                    .object([
                        ("answers", .number(tally.answers)), ("errors", .number(tally.errors)),
                        ("firstNs", .number(Int(tally.first))), ("lastNs", .number(Int(tally.last))),
                    ])
                )
            }
        )
    }

    private var answeredByRelease: JSON {
        .object(tallies.map { ($0, .object([("errors", .number($1.errors))])) })
    }

    /// Percentiles by the nearest rank; all zero for no values.
    static func spread(_ values: [Double]) -> JSON {
        let sorted = values.sorted()
        func rank(_ share: Double) -> Double {
            guard !sorted.isEmpty else { return 0 }
            return sorted[min(sorted.count - 1, max(0, Int((share * Double(sorted.count)).rounded(.up)) - 1))]
        }
        return .object([
            ("p50", .decimal(rank(0.5))), ("p90", .decimal(rank(0.9))), ("p99", .decimal(rank(0.99))),
            ("max", .decimal(sorted.last ?? 0)),
        ])
    }
}
