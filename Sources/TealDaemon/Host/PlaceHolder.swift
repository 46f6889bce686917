import Glibc
import TealCore
import TealDriverKit
import TealEngine

/// A shim that runs, and the place that it holds, as its command line says.
struct PlaceHolder: Hashable, Sendable {
    let processID: Int32
    /// `shop/web-blue-0`.
    let place: String

    /// The shims of a home; proc(5), `/proc/PID/cmdline`.
    static func all(of home: Home) -> [PlaceHolder] {
        guard let directory = opendir("/proc") else { return [] }
        defer { closedir(directory) }
        var found: [PlaceHolder] = []
        while let entry = readdir(directory) {
            let text = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard let pid = Int32(text), let line = TextFile.read("/proc/\(pid)/cmdline"),
                let place = place(in: line.split(separator: "\0").map(String.init), below: home.replicas)
            else { continue }
            found.append(.init(processID: pid, place: place))
        }
        return found
    }

    /// The place that a command line names, when it is a shim's that holds a replica.
    static func place(in words: [String], below replicas: String) -> String? {
        guard words.count == 3, words[0].split(separator: "/").last == "teal-shim", words[1] == "run",
            words[2].hasPrefix(replicas + "/")
        else { return nil }
        return String(words[2].dropFirst(replicas.count + 1))
    }
}

extension Stray {
    /// Processes that hold a place that is not there.
    static func holders(_ holders: [PlaceHolder], _ replicas: [ReplicaState]) -> [PlaceHolder] {
        let known = Set(replicas.map { "\($0.id.service.project)/\($0.id)" })
        return holders.filter { !known.contains($0.place) }.sorted { $0.processID < $1.processID }
    }
}
