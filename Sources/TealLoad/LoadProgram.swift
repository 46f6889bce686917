import Glibc
import NIOCore
import NIOPosix

/// The program `teal-load`: steady traffic, checked answer by answer, and a report.
package enum LoadProgram {
    /// The exit code for arguments that make no sense (`EX_USAGE` of sysexits.h).
    static let usageError: Int32 = 64

    /// Runs the load to its end.
    ///
    /// - Parameter arguments: Without the program's own name.
    /// - Returns: 0 when nothing failed, 1 when something did, 2 when the report could not be written or it could not be
    ///   told from the routed file which releases were routed, 64 for arguments that make no sense.
    package static func run(_ arguments: [String]) -> Int32 {
        do throws(OptionsError) {
            let options = try Options(arguments: arguments)
            let report = try measure(options)
            guard write(report.json.lines, to: options.report) else {
                return complain("cannot write \(options.report): \(String(cString: strerror(errno)))", 2)
            }
            if let routed = options.routed, report.routedLines?.isUsable != true {
                return complain("\(routed) does not say which releases were routed", 2)
            }
            return report.record.failed == 0 ? 0 : 1
        } catch {
            return complain(error.reason, usageError)
        }
    }

    private static func complain(_ text: String, _ code: Int32) -> Int32 {
        Journal.put("teal-load: \(text)\n", to: STDERR_FILENO)
        return code
    }

    private static func measure(_ options: Options) throws(OptionsError) -> Report {
        let signals = EndSignals()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let threads = NIOThreadPool(numberOfThreads: 1)
        threads.start()
        let loop = group.next()
        let done = loop.makePromise(of: Void.self)
        do {
            let address = try SocketAddress.makeAddressResolvingHost(options.host, port: options.port)
            let run = try loop.submit {
                let journal = try Journal(path: options.events)
                let run = Run(
                    options: options,
                    address: address,
                    encryption: try options.isEncrypted ? Encryption(options) : nil,
                    journal: journal,
                    loop: loop,
                    done: done
                )
                run.start()
                return NIOLoopBound(run, eventLoop: loop)
            }.wait()
            // The thread goes with the process.
            threads.submit { _ in
                signals.wait()
                loop.execute { run.value.end() }
            }
            try done.futureResult.wait()
            let routed = options.routed.map { read($0) ?? "" }
            return try loop.submit { run.value.report(routed: routed) }.wait()
        } catch let error as OptionsError {
            throw error
        } catch {
            throw OptionsError("\(error)")
        }
    }

    private static func write(_ text: String, to path: String) -> Bool {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { return false }
        Journal.put(text, to: descriptor)
        return close(descriptor) == 0
    }

    /// The text of a file of at most 16 MiB; `nil` when it cannot be read.
    private static func read(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var text: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while text.count < 16 << 20 {
            let count = piece.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { break }
            text += piece.prefix(count)
        }
        return String(decoding: text, as: UTF8.self)
    }
}
