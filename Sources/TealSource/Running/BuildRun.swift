import CTealSystem
import Glibc
import Synchronization
import TealCore
import TealDriverKit
import TealShimWire

/// One build, from an empty directory to an artifact in the host's store.
final class BuildRun: Sendable {
    /// How many of a command's last lines are told when it fails.
    private static let tailLinesMax = 50
    /// How many lines of one build are told while it runs; the last ones are told when it fails in any case.
    private static let linesMax = 20_000

    let order: BuildOrder
    let tools: BuildTools
    let place: WorkPlace
    /// Packs a directory and keeps it in the host's store.
    let keep: @Sendable (String) throws(SourceError) -> String
    let tell: @Sendable (BuildNote) -> Void
    private let isCancelled = Atomic(false)

    init(
        _ order: BuildOrder,
        tools: BuildTools,
        place: WorkPlace,
        keep: @escaping @Sendable (String) throws(SourceError) -> String,
        tell: @escaping @Sendable (BuildNote) -> Void
    ) {
        self.order = order
        self.tools = tools
        self.place = place
        self.keep = keep
        self.tell = tell
    }

    /// Ends it soon; ``carryOut()`` then throws.
    func cancel() { isCancelled.store(true, ordering: .relaxed) }

    /// What one build knows of itself while it runs.
    private struct Progress {
        let deadline: Timestamp
        var disk: DiskLook
        var lines = 0
        var tail: [String] = []
    }

    /// Builds.
    ///
    /// Blocks, for as long as the source's timeout.
    ///
    /// - Returns: The artifact's hash.
    func carryOut() throws(SourceError) -> String {
        defer { place.remove() }
        var progress = Progress(
            deadline: now + order.source.timeout,
            disk: DiskLook(root: place.root, bytesMax: order.source.diskBytesMax)
        )
        tell(.fetching(order.commit))
        try fetch(&progress)
        let directory = try below(place.tree, order.source.directory ?? ".") { .noDirectory($0) }
        for (index, command) in order.source.commands.enumerated() {
            progress.tail = []
            try run(command, number: index + 1, in: directory, &progress)
        }
        tell(.packing)
        try progress.disk.check()
        return try collect(from: directory)
    }

    private func fetch(_ progress: inout Progress) throws(SourceError) {
        let git = GitRun(tools: tools, place: place, source: order.source, access: order.access)
        try git.prepare()
        defer { git.forgetKey() }
        var disk = progress.disk
        let deadline = progress.deadline
        let checkout = Checkout(
            git: git,
            place: place,
            commit: order.commit,
            look: { () throws(SourceError) in try self.look(&disk) },
            left: { () throws(SourceError) in try self.left(until: deadline, step: "git") },
            take: { self.tell(.output(self.order.mask($0))) }
        )
        do throws(SourceError) {
            try checkout.make()
        } catch {
            throw masked(error)
        }
    }

    private func run(
        _ command: [String],
        number: Int,
        in directory: String,
        _ progress: inout Progress
    ) throws(SourceError) {
        let text = order.mask(command.joined(separator: " "))
        tell(.command(text, number: number, of: order.source.commands.count))
        let variables = variables
        guard let name = command.first, let program = tools.find(name, in: directory, path: variables["PATH"]) else {
            throw .notLaunched(text, reason: "'\(command.first ?? "")' is no program in the repository or in PATH")
        }
        let words = tools.politely + [program] + command.dropFirst()
        let run = CommandRun(
            shim: tools.shim,
            place: place,
            program: words[0],
            arguments: Array(words.dropFirst()),
            environment: variables.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" },
            directory: directory,
            limit: try left(until: progress.deadline, step: text)
        )
        var disk = progress.disk
        var lines = progress.lines
        var tail: [String] = []
        let end = try run.run(look: { () throws(SourceError) in try self.look(&disk) }) { line in
            let line = self.order.mask(line)
            tail.append(line)
            if tail.count > Self.tailLinesMax * 2 { tail.removeFirst(tail.count - Self.tailLinesMax) }
            lines += 1
            if lines < Self.linesMax { self.tell(.output(line)) }
            if lines == Self.linesMax { self.tell(.output("… further lines are not shown")) }
        }
        progress.disk = disk
        progress.lines = lines
        progress.tail = tail
        if let reason = end.launchFailure { throw .notLaunched(text, reason: reason) }
        if end.timedOut {
            throw .timedOut(step: text, limit: order.source.timeout, tail: tail.suffix(Self.tailLinesMax))
        }
        guard end.code == 0 else {
            throw .commandFailed(text, code: end.code, tail: tail.suffix(Self.tailLinesMax))
        }
    }

    /// The variables of the commands.
    private var variables: [String: String] {
        var variables = tools.inherited
        variables["TMPDIR"] = place.temporary
        for (name, value) in order.source.environment { variables[name] = value }
        for (name, value) in order.secrets { variables[name] = value.reveal() }
        variables["TEAL_COMMIT"] = "\(order.commit)"
        variables["TEAL_SERVICE"] = "\(order.service.service)"
        variables["TEAL_ENVIRONMENT"] = "\(order.environment)"
        return variables
    }

    private func collect(from directory: String) throws(SourceError) -> String {
        let output = try below(directory, order.source.output) { .noOutput($0) }
        // What git needs is no part of what runs.
        try inBuild { () throws(SystemError) in try Files.removeTree(output + "/.git") }
        guard TreeSize(of: output, bytesMax: order.source.artifactBytesMax, onDisk: false).isWithin else {
            throw .artifactTooLarge(bytesMax: order.source.artifactBytesMax)
        }
        guard !isCancelled.load(ordering: .relaxed) else { throw .cancelled }
        return try keep(output)
    }

    /// A directory below another one, wherever links lead.
    private func below(
        _ root: String,
        _ path: String,
        _ missing: (String) -> SourceError
    ) throws(SourceError) -> String {
        guard let found = realpath("\(root)/\(path)", nil), let top = realpath(place.tree, nil) else {
            throw missing(path)
        }
        defer {
            free(found)
            free(top)
        }
        let (directory, tree) = (String(cString: found), String(cString: top))
        guard directory == tree || directory.hasPrefix(tree + "/") else { throw .outside(path) }
        var info = stat()
        guard stat(directory, &info) == 0, info.st_mode & S_IFMT == S_IFDIR else { throw missing(path) }
        return directory
    }

    private func look(_ disk: inout DiskLook) throws(SourceError) {
        guard !isCancelled.load(ordering: .relaxed) else { throw .cancelled }
        try disk.look(at: now)
    }

    private func left(until deadline: Timestamp, step: String) throws(SourceError) -> Duration {
        let left = deadline.since(now)
        guard left > .zero else { throw .timedOut(step: step, limit: order.source.timeout, tail: []) }
        return left
    }

    /// The same error without values of secrets: what git says may have them.
    private func masked(_ error: SourceError) -> SourceError {
        switch error {
        case .denied(let reason): .denied(reason: order.mask(reason))
        case .unknownHost(let reason): .unknownHost(reason: order.mask(reason))
        case .unreachable(let reason): .unreachable(reason: order.mask(reason))
        case .failed(let reason): .failed(order.mask(reason))
        case .timedOut(let step, let limit, let tail): .timedOut(step: step, limit: limit, tail: tail.map(order.mask))
        default: error
        }
    }

    private var now: Timestamp { .init(nanoseconds: teal_boot_nanoseconds()) }
}
