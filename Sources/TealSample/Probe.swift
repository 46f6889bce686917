/// A health check client for images that have no curl.
enum Probe {
    /// The most that each step of a probe may take, in seconds.
    static let limitSeconds = 5

    /// Asks once; follows no redirection.
    ///
    /// - Returns: 0 for a status of 200…299, otherwise 1; the reason goes to the standard error.
    static func run(_ url: String) -> Int32 {
        guard let target = Target(url) else {
            Console.problem("probe: \(url) is no http://host:port/path")
            return SampleProgram.usageError
        }
        do throws(JobError) {
            let status = try ask(target)
            if (200...299).contains(status) { return 0 }
            Console.problem("probe: \(url) answered \(status)")
        } catch {
            Console.problem("probe: \(url): \(error)")
        }
        return 1
    }

    /// The parts of an `http` URL.
    struct Target: Equatable {
        let address: HostPort
        let path: String

        init?(_ url: String) {
            guard let rest = url.droppingPrefix("http://") else { return nil }
            let authority = String(rest.prefix { $0 != "/" })
            let path = String(rest.dropFirst(authority.count))
            guard !authority.isEmpty,
                let address = HostPort(authority.contains(":") ? authority : authority + ":80")
            else { return nil }
            self.address = address
            self.path = path.isEmpty ? "/" : path
        }
    }

    private static func ask(_ target: Target) throws(JobError) -> Int {
        let socket = try BlockingSocket(host: target.address.host, port: target.address.port, limit: limitSeconds)
        let host = "\(target.address.host):\(target.address.port)"
        try socket.write("GET \(target.path) HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\r\n")
        var bytes: [UInt8] = []
        // "HTTP/1.1 200" is all that matters.
        while bytes.count < 12 {
            let more = try socket.read()
            if more.isEmpty { throw .connection("closed without an answer") }
            bytes += more
        }
        let line = String(decoding: bytes.prefix(12), as: UTF8.self)
        guard line.hasPrefix("HTTP/1."), let status = Int(line.suffix(3)) else { throw .protocolBroken(line) }
        return status
    }
}
