import Crypto
import TealClient
import TealCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The home of the daemon that runs what is worked on in one directory.
struct DevHome: Hashable, Sendable {
    /// What a path of a Unix socket may have (`sockaddr_un`), in bytes.
    private static let socketBytesMax = 107

    /// An absolute path, `$XDG_STATE_HOME/teal/dev/<name>-<hash>`, and `~/.local/state` where that is not set.
    let path: String
    /// The directory that is worked on, an absolute path without links.
    let directory: String

    /// - Parameters:
    ///   - file: The project's file, there or not.
    ///   - variables: The process's.
    /// - Throws: `dev.home` where there is no place for it.
    init(of file: String, _ variables: [String: String]) throws(Problem) {
        let place = URL(filePath: file).deletingLastPathComponent().path
        let directory = Self.resolved(place.isEmpty ? "." : place)
        func absolute(_ name: String) -> String? { variables[name].flatMap { $0.hasPrefix("/") ? $0 : nil } }
        guard let base = absolute("XDG_STATE_HOME") ?? absolute("HOME").map({ "\($0)/.local/state" }) else {
            throw Problem(
                "dev.home",
                "nothing has been started: neither HOME nor XDG_STATE_HOME says where the daemon's files belong",
                next: ["Set one of them to an absolute path"]
            )
        }
        // Whatever the directory is called, the path is one, and short.
        let plain = directory.split(separator: "/").last.map(String.init) ?? "root"
        let name = plain.lowercased().filter { $0.isASCII && ($0.isLetter || $0.isNumber) }.prefix(20)
        let hash = SHA256.hash(data: Data(directory.utf8)).prefix(4)
        let digits = hash.map { String(UInt16($0) | 0x100, radix: 16).dropFirst() }.joined()
        path = "\(base)/teal/dev/\(name.isEmpty ? "project" : name)-\(digits)"
        self.directory = directory
        guard "\(path)/run/proxy.sock".utf8.count <= Self.socketBytesMax else {
            throw Problem(
                "dev.home",
                "nothing has been started: \(path) is too long a path for sockets",
                next: ["Set XDG_STATE_HOME to a shorter path, such as /tmp/state"]
            )
        }
    }

    var socket: String { SocketPath.choose(socket: nil, home: path) }

    private static func resolved(_ directory: String) -> String {
        let url = URL(filePath: directory)
        return url.resolvingSymlinksInPath().standardized.path(percentEncoded: false).trimmedSlash
    }
}

extension String {
    /// Without a slash at its end, unless it is nothing else.
    fileprivate var trimmedSlash: String { count > 1 && hasSuffix("/") ? String(dropLast()) : self }
}
