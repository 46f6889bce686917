import NIOCore
import NIOPosix

@testable import TealLoad

extension Record {
    /// What a run with these arguments has recorded at its end.
    static func of(_ arguments: [String]) async throws -> Record {
        let options = try Options(arguments: arguments)
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let address = try SocketAddress.makeAddressResolvingHost(options.host, port: options.port)
        let done = loop.makePromise(of: Void.self)
        let run = try await loop.submit {
            let run = Run(
                options: options,
                address: address,
                encryption: try options.isEncrypted ? Encryption(options) : nil,
                journal: try Journal(path: nil),
                loop: loop,
                done: done
            )
            run.start()
            return NIOLoopBound(run, eventLoop: loop)
        }.get()
        try await done.futureResult.get()
        let report = try await loop.submit { NIOLoopBound(run.value.report(routed: nil), eventLoop: loop) }.get()
        let record = try await loop.submit { NIOLoopBound(report.value.record, eventLoop: loop) }.get()
        return try await loop.submit { record.value }.get()
    }
}
