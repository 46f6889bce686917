import Foundation

/// An answer that came through the public listener.
package struct PublicAnswer: Hashable, Sendable {
    /// 0 when there was none.
    package let status: Int
    package let body: String
    /// What the sample service says of itself under `/who`; nil for other answers.
    package let version: String?
    package let pid: Int32?
}

extension Lab {
    /// Asks who answers for a host, as a client of the public listener.
    package func who(_ host: String = "web.test") async throws -> PublicAnswer {
        let out = root + "/who-\(UInt32.random(in: 0 ... .max))"
        defer { unlink(out) }
        let child = try Child(
            [
                "/usr/bin/curl", "-s", "-m", "5", "-w", "\n%{http_code}", "-H", "Host: \(host)",
                "http://127.0.0.1:\(publicPort)/who",
            ],
            output: out
        )
        try await child.wait(within: .seconds(10))
        let text = try String(contentsOfFile: out, encoding: .utf8)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let body = lines.dropLast().joined(separator: "\n")
        struct Who: Decodable {
            let version: String
            let pid: Int32
        }
        // Anything else is not the sample service.
        let who = try? JSONDecoder().decode(Who.self, from: Data(body.utf8))
        return PublicAnswer(status: Int(lines.last ?? "") ?? 0, body: body, version: who?.version, pid: who?.pid)
    }
}
