import TealCore

extension ServiceDecoding {
    /// The volumes; for an artifact the target is the source.
    mutating func volumes(isArtifact: Bool) -> [Volume] {
        var volumes: [Volume] = []
        for node in section.list("volumes") {
            guard var volume = node.entries == nil ? shortVolume(node) : longVolume(node) else { continue }
            if surroundings.isDevelopment, !placeHere(&volume, node) { continue }
            if isArtifact, volume.target != volume.source {
                findings.add(
                    .conflict,
                    on: node,
                    "an artifact sees the volume \(volume.source) under its own path, not as \(volume.target)",
                    "Write `\(volume.source)` alone, and tell the service the path by `env`."
                )
            }
            if isArtifact, !volume.source.hasPrefix("/") {
                findings.add(
                    .value,
                    on: node,
                    "the volume '\(volume.source)' is not an absolute path",
                    "Write a path that begins with /."
                )
            }
            if !isArtifact, !volume.source.hasPrefix("/"), !Self.isVolumeName(volume.source) {
                findings.add(
                    .value,
                    on: node,
                    "'\(Phrase.short(volume.source))' is neither an absolute path nor a volume's name",
                    volume.source.hasPrefix(".") || volume.source.hasPrefix("~")
                        ? "Write the path on the server, beginning with /."
                        : "A name is of letters, digits, `_`, `.` and `-`, and begins with a letter or a digit."
                )
            }
            if !isArtifact, volume.target.allSatisfy({ $0 == "/" }) {
                findings.add(
                    .value,
                    on: node,
                    "the volume \(volume.source) would hide everything that is in the image",
                    "Name a directory below / as its target."
                )
            }
            // What is no path, and no name either, is told above.
            for path in Set([volume.source, volume.target]).sorted()
            where path.hasPrefix("/") && !Self.isPlain(path) {
                findings.add(
                    .value,
                    on: node,
                    "the volume's path '\(Phrase.short(path))' has `.` or `..` or a control character in it",
                    "Write where it leads to."
                )
            }
            if volumes.contains(where: { $0.target == volume.target }) {
                findings.add(
                    .conflict,
                    on: node,
                    "two volumes have the target \(volume.target)",
                    "Keep one of the two."
                )
            }
            volumes.append(volume)
            volumeNodes.append(node)
        }
        return volumes
    }

    /// Makes a path beside teal.yml an absolute one; false with a finding where nothing is there.
    private func placeHere(_ volume: inout Volume, _ node: ConfigurationNode) -> Bool {
        let beginnings = [".", "~/"]
        guard beginnings.contains(where: volume.source.hasPrefix) else { return true }
        let path = surroundings.absolute(volume.source)
        // Whoever releases it need not have what is worked on.
        guard findings.checksFormOnly || LocalFile.kind(path) != nil else {
            findings.add(
                .value,
                on: node,
                "the volume's directory \(path) does not exist",
                "Make it, or correct the path."
            )
            return false
        }
        volume.source = path
        return true
    }

    /// Docker's rule for names of volumes, `[a-zA-Z0-9][a-zA-Z0-9_.-]+`.
    private static func isVolumeName(_ text: String) -> Bool {
        guard text.utf8.count > 1, let first = text.utf8.first, isAlphanumeric(first) else { return false }
        return text.utf8.allSatisfy { isAlphanumeric($0) || "_.-".utf8.contains($0) }
    }

    static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }

    static func isPlain(_ path: String) -> Bool {
        path.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
            && !path.split(separator: "/").contains { $0 == "." || $0 == ".." }
    }

    /// `source`, `source:target` or `source:target:options`.
    private func shortVolume(_ node: ConfigurationNode) -> Volume? {
        guard let text = section.text(of: node, for: "volumes") else { return nil }
        var parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        var options: Set<String> = []
        if parts.count > 1, let last = parts.last, !last.hasPrefix("/") {
            options = Set(last.split(separator: ",").map(String.init))
            parts.removeLast()
        }
        guard (1...2).contains(parts.count), parts.allSatisfy({ !$0.isEmpty }),
            options.isSubset(of: ["ro", "rw", "shared"]), parts.last?.hasPrefix("/") == true
        else {
            findings.add(
                .value,
                on: node,
                "'\(Phrase.short(text))' is not a volume",
                "Write `source:target`, with `:ro` or `:shared` at the end, such as `/srv/shop/uploads:/data:ro`."
            )
            return nil
        }
        return Volume(
            source: parts[0],
            target: parts[parts.count - 1],
            readOnly: options.contains("ro"),
            shared: options.contains("shared")
        )
    }

    private func longVolume(_ node: ConfigurationNode) -> Volume? {
        guard let item = section.section(of: node, for: "volumes") else { return nil }
        let readOnly = item.boolean("readOnly") ?? false
        let shared = item.boolean("shared") ?? false
        let target = item.text("target")
        guard item.has("source") else {
            item.reportMissing("source")
            return nil
        }
        guard let source = item.text("source") else { return nil }
        let place = target ?? source
        guard place.hasPrefix("/") else {
            findings.add(
                .value,
                on: item.node("target") ?? node,
                "the volume's target '\(place)' is not an absolute path",
                "Write a path that begins with /."
            )
            return nil
        }
        return Volume(source: source, target: place, readOnly: readOnly, shared: shared)
    }

    /// How the new release takes the old one's place; an accessory is always recreated.
    func strategy(of kind: ServiceKind?) -> Strategy {
        if surroundings.isDevelopment { return .recreate }
        let written: Strategy? = section.choice("strategy")
        guard kind == .accessory else { return written ?? .blueGreen }
        if written == .blueGreen {
            section.reportConflict(
                "strategy",
                "an accessory is stateful, so two of it cannot run side by side",
                "Write `strategy: recreate`, or leave it out."
            )
        }
        return .recreate
    }

    /// What it does beside requests, with what is assumed when nothing is said.
    mutating func background(of kind: ServiceKind?) -> Background {
        guard let node = section.node("background") else {
            if surroundings.isDevelopment { return kind == .worker ? .exclusive : .none }
            if kind == .worker {
                notes.assumptions.append(
                    "\(name): no background given, so exclusive: the old release stops before the new one starts"
                )
                return .exclusive
            }
            if kind == .web {
                notes.assumptions.append(
                    "\(name): no background given, so none: both releases run side by side until the switch"
                )
            }
            return .none
        }
        var mode = "none"
        var calls: Section?
        if node.entries != nil {
            calls = section.section("background")
            guard let calls else { return .none }
            guard calls.has("mode") else {
                calls.reportMissing("mode")
                return .none
            }
            guard let found: BackgroundMode = calls.choice("mode") else { return .none }
            mode = found.rawValue
        } else {
            guard let found: BackgroundMode = section.choice("background") else { return .none }
            mode = found.rawValue
        }
        switch mode {
        case "exclusive": return .exclusive
        case "handover":
            guard let calls, calls.has("activate"), calls.has("deactivate") else {
                findings.add(
                    .missing,
                    at: node.keyPlace,
                    key: node.key,
                    value: node.shown,
                    "`handover` needs a way to call the service",
                    """
                    Write `background: {mode: handover, activate: /internal/activate, deactivate: \
                    /internal/deactivate}`, or signals such as `activate: USR1`.
                    """
                )
                return .none
            }
            let activate = call("activate", in: calls)
            let deactivate = call("deactivate", in: calls)
            // One alone runs while it is worked on, so that nobody hands over.
            if surroundings.isDevelopment { return .exclusive }
            guard let activate, let deactivate else { return .none }
            return .handover(activate: activate, deactivate: deactivate)
        default: return .none
        }
    }

    private func call(_ key: String, in calls: Section) -> ActivityCall? {
        guard let text = calls.text(key), let node = calls.node(key) else { return nil }
        if text.hasPrefix("/") {
            guard hasPort else {
                findings.add(
                    .conflict,
                    on: node,
                    "`\(key)` is a path, but `\(section.key)` has no port to send it to",
                    "Write `port: 8080`, or a signal such as `\(key): USR1`."
                )
                return nil
            }
            return .post(path: text)
        }
        guard let signal = SignalName.parse(text) else {
            findings.add(
                .value,
                on: node,
                "`\(key)` must be a path or a signal, not '\(Phrase.short(text))'",
                "Write `\(key): /internal/\(key)` or `\(key): USR1`."
            )
            return nil
        }
        return .signal(signal)
    }

    func decodeStop(_ policy: inout StopPolicy) {
        guard let stop = section.section("stop") else { return }
        policy.grace = stop.duration("grace") ?? policy.grace
        guard let node = stop.node("signal"), let text = stop.text("signal") else { return }
        if let signal = SignalName.parse(text) {
            policy.signal = signal
        } else {
            stop.reportChoice(node, for: "signal", text)
        }
    }
}

/// The words of `background`.
private enum BackgroundMode: String {
    case none
    case handover
    case exclusive
}
