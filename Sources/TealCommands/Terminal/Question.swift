import TealCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A question to the person at the terminal.
enum Question {
    /// The longest answer, in bytes.
    static let answerBytesMax = 200

    /// Asks for a yes before something is changed.
    ///
    /// - Parameters:
    ///   - text: The question, without a mark for the answer.
    ///   - isGiven: Whether `--yes` was given.
    ///   - plan: What would be done, one a line, where it is not shown above the question.
    ///   - console: Where it is asked.
    /// - Throws: `cli.needs-yes` when nobody can be asked; silently when the answer is no.
    static func confirm(
        _ text: String,
        isGiven: Bool,
        plan: [String] = [],
        console: Console = .current
    ) async throws {
        if isGiven { return }
        // A question among the lines of JSON would be seen by nobody.
        guard console.terminal.canAsk, plan.isEmpty else {
            throw CommandFailure(
                Problem(
                    "cli.needs-yes",
                    plan.isEmpty
                        ? "nothing has been changed: there is no terminal to ask at"
                        : "nothing has been changed: nobody is asked where results are written as JSON",
                    at: plan,
                    next: ["Add `--yes` to do what is \(plan.isEmpty ? "shown above" : "listed here")"]
                )
            )
        }
        console.draw("\(text) [y/N] ")
        let answer = await line()
        guard let answer, ["y", "yes"].contains(answer.lowercased()) else {
            console.error("Nothing has been changed.")
            throw CommandFailure.silent(.refused)
        }
    }

    /// Reads a line from the terminal; nil at its end or when the task is cancelled.
    static func line() async -> String? {
        var bytes: [UInt8] = []
        while bytes.count < answerBytesMax, !Task.isCancelled {
            var input = pollfd(fd: 0, events: Int16(POLLIN), revents: 0)
            let ready = poll(&input, 1, 0)
            if ready == 0 || (ready < 0 && errno == EINTR) {
                // The thread stays free for what goes on while the person thinks.
                try? await Task.sleep(for: .milliseconds(30))  // Cancellation is seen by the loop.
                continue
            }
            var byte: UInt8 = 0
            guard ready > 0, read(0, &byte, 1) == 1 else { return nil }
            if byte == UInt8(ascii: "\n") { return String(decoding: bytes, as: UTF8.self) }
            bytes.append(byte)
        }
        return nil
    }
}
