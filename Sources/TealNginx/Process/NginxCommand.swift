import CTealSystem
import Glibc

/// Runs nginx's own program to test a configuration.
struct NginxCommand {
    /// What is kept of an output, in bytes.
    private static let outputBytesMax = 16 << 20
    private static let errorBytesMax = 64 << 10

    let program: String
    let configuration: String

    /// What a test found.
    enum Finding: Hashable {
        /// Whether a file was among those that the configuration is made of.
        case fine(includesFile: Bool)
        /// nginx's own lines.
        case bad([String])
        /// The program could not be run, or did not end in time.
        case notRun(String)
    }

    /// Tests the configuration as it is on disk (`nginx -T`).
    ///
    /// - Parameters:
    ///   - file: A file to look for among those that were read.
    ///   - limit: How long it may take before it is killed.
    /// - Returns: What nginx says of it.
    func test(lookingFor file: String, within limit: Duration) -> Finding {
        var output: [CInt] = [-1, -1]
        var errors: [CInt] = [-1, -1]
        guard teal_pipe(&output, true) == 0 else { return .notRun("no pipe could be made") }
        guard teal_pipe(&errors, true) == 0 else {
            close(output[0])
            close(output[1])
            return .notRun("no pipe could be made")
        }
        var pid: Int32 = 0
        let code = spawn(output: output[1], errors: errors[1], &pid)
        close(output[1])
        close(errors[1])
        defer {
            close(output[0])
            close(errors[0])
        }
        guard code == 0 else { return .notRun("\(program): \(String(cString: teal_error_text(-code)))") }
        var reading = CommandOutput(output[0], errors[0])
        let isWhole = reading.collect(within: limit, Self.outputBytesMax, Self.errorBytesMax)
        if !isWhole { kill(pid, SIGKILL) }
        let ending = teal_wait_for(pid)
        guard isWhole else { return .notRun("`\(program) -T` did not end within \(limit)") }
        if ending == 0 {
            return .fine(includesFile: reading.output.contains(line: "# configuration file \(file):"))
        }
        // Without the time and the process that are before it.
        let lines = String(decoding: reading.errors, as: UTF8.self).split(separator: "\n")
            .map { line in String(line.firstIndex(of: "[").map { line[$0...] } ?? line) }
        let telling = lines.filter { !$0.contains(" test failed") && !$0.contains("[warn]") }
        return .bad(telling.isEmpty ? lines : telling)
    }

    private func spawn(output: CInt, errors: CInt, _ pid: inout Int32) -> CInt {
        let words = Self.cStrings([program, "-T", "-c", configuration])
        let variables = Self.cStrings(["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C"])
        defer { for word in words + variables { free(word) } }
        var stage: CInt = 0
        return words.withUnsafeBufferPointer { words in
            variables.withUnsafeBufferPointer { variables in
                var order = teal_spawn_order()
                order.program = UnsafePointer(words[0])
                order.arguments = words.baseAddress
                order.environment = variables.baseAddress
                order.input = -1
                order.output = output
                order.error = errors
                return teal_spawn(&order, &pid, &stage)
            }
        }
    }

    private static func cStrings(_ texts: [String]) -> [UnsafeMutablePointer<CChar>?] {
        texts.map { strdup($0) } + [nil]
    }
}

/// The two outputs of a program, read side by side.
private struct CommandOutput {
    private var open: [CInt]
    private let errorEnd: CInt
    private(set) var output: [UInt8] = []
    private(set) var errors: [UInt8] = []

    init(_ output: CInt, _ errors: CInt) {
        open = [output, errors]
        errorEnd = errors
    }

    /// Reads until both have ended; what is beyond the limits is read and dropped.
    ///
    /// - Returns: Whether they ended in time.
    mutating func collect(within limit: Duration, _ outputMax: Int, _ errorsMax: Int) -> Bool {
        let end = ContinuousClock.now + limit
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while !open.isEmpty {
            let left = ContinuousClock.now.duration(to: end)
            guard left > .zero else { return false }
            var polls = open.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            guard poll(&polls, nfds_t(polls.count), CInt(left / .milliseconds(1)) + 1) > 0 else { continue }
            for ready in polls where ready.revents != 0 {
                let count = read(ready.fd, &buffer, buffer.count)
                if count <= 0 {
                    open.removeAll { $0 == ready.fd }
                } else if ready.fd == errorEnd {
                    errors += buffer[..<min(count, errorsMax - errors.count)]
                } else {
                    output += buffer[..<min(count, outputMax - output.count)]
                }
            }
        }
        return true
    }
}

extension [UInt8] {
    /// Whether a whole line is this text.
    fileprivate func contains(line: String) -> Bool {
        split(separator: UInt8(ascii: "\n")).contains { $0.elementsEqual(line.utf8) }
    }
}
