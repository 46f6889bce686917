import CTealSystem
import Dispatch
import Glibc
import TealCore
import TealShimWire

/// Changes where new connections to ports of the host are led.
protocol Redirecting: Sendable {
    /// Whether this daemon may do so; when it may not, why in one line.
    func refusal() async -> String?

    /// Makes these the rules of this home, and the only ones.
    ///
    /// - Returns: What went wrong, in one line; nil when they are in force.
    func apply(_ redirects: [RedirectRules.Redirect]) async -> String?
}

/// nftables, by its own program nft(8).
struct NftCommand: Redirecting {
    private static let places = ["/usr/sbin/nft", "/sbin/nft", "/usr/bin/nft", "/usr/local/sbin/nft"]
    /// How long the program may take.
    private static let limit: Duration = .seconds(5)
    /// What is kept of what it says, in bytes.
    private static let outputBytesMax = 64 << 10

    let home: Home
    /// Nil where there is none.
    let program: String?

    /// - Parameters:
    ///   - home: Where the rules stand while the program reads them, and whose chains they are.
    ///   - named: The program, as `TEAL_NFT` says; empty for none, nil for the one in a usual place.
    init(home: Home, named: String? = nil) {
        self.home = home
        program = (named.map { [$0] } ?? Self.places).first { access($0, X_OK) == 0 }
    }

    func refusal() async -> String? {
        guard let program else { return "there is no `nft`" }
        // What the kernel would say, with a rule of each kind, and nothing changed.
        let sample = [
            RedirectRules.Redirect(place: HostPort(port: 1), port: 2),
            RedirectRules.Redirect(place: HostPort(address: "0.0.0.0", port: 1), port: 2),
        ]
        return await run(program, RedirectRules(home: home.root, redirects: sample), checksOnly: true)
    }

    func apply(_ redirects: [RedirectRules.Redirect]) async -> String? {
        guard let program else { return redirects.isEmpty ? nil : "there is no `nft`" }
        let rules = RedirectRules(home: home.root, redirects: redirects)
        if let problem = await run(program, rules, checksOnly: false) { return problem }
        guard redirects.isEmpty else { return nil }
        // The table goes with the last chain in it.
        let name = RedirectRules.table.split(separator: " ").map(String.init)
        let list = await Self.output(of: [program, "list", "table"] + name)
        if list.code == 0, !list.text.contains("chain ") {
            _ = await Self.output(of: [program, "delete", "table"] + name)
        }
        return nil
    }

    private func run(_ program: String, _ rules: RedirectRules, checksOnly: Bool) async -> String? {
        let path = home.redirects + (checksOnly ? ".check" : "")
        let code = TextFile.replace(path, with: rules.text, mode: 0o600)
        guard code == 0 else { return "\(path): \(String(cString: strerror(code)))" }
        defer { unlink(path) }
        let result = await Self.output(of: [program] + (checksOnly ? ["--check"] : []) + ["--file", path])
        guard result.code != 0 else { return nil }
        let line = result.text.split(separator: "\n").first.map(String.init) ?? "it ended with \(result.code)"
        return "`nft`: \(line.replacing(path + ":", with: ""))"
    }

    /// Runs a program without a shell, on a thread of its own, and gives what it wrote, errors included.
    private static func output(of words: [String]) async -> (code: Int32, text: String) {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(returning: collect(words)) }
        }
    }

    private static func collect(_ words: [String]) -> (code: Int32, text: String) {
        var ends: [CInt] = [-1, -1]
        guard teal_pipe(&ends, true) == 0 else { return (-1, "no pipe could be made") }
        defer { close(ends[0]) }
        var spawn = Spawn(
            program: words[0],
            arguments: Array(words.dropFirst()),
            environment: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C"],
            directory: nil
        )
        (spawn.output, spawn.error, spawn.newSession) = (ends[1], ends[1], false)
        let pid: pid_t
        do throws(SpawnError) {
            defer { close(ends[1]) }
            pid = try spawn.run()
        } catch {
            return (-1, error.description)
        }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        let end = ContinuousClock.now + limit
        while true {
            let left = ContinuousClock.now.duration(to: end)
            guard left > .zero else {
                kill(pid, SIGKILL)
                _ = teal_wait_for(pid)
                return (-1, "it did not end within \(limit)")
            }
            var ready = pollfd(fd: ends[0], events: Int16(POLLIN), revents: 0)
            guard poll(&ready, 1, CInt(left / .milliseconds(1)) + 1) > 0 else { continue }
            let count = read(ends[0], &buffer, buffer.count)
            guard count > 0 else { break }
            bytes += buffer[..<min(count, outputBytesMax - bytes.count)]
        }
        return (teal_wait_for(pid), String(decoding: bytes, as: UTF8.self))
    }
}
