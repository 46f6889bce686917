import Foundation
import NIOSSL
import Testing

@testable import TealLoad

private let openssl = "/usr/bin/openssl"
private let hasOpenSSL =
    FileManager.default.isExecutableFile(atPath: openssl)
    || ProcessInfo.processInfo.environment["TEAL_REQUIRE_SERVICES"] == "1"

@Suite(.enabled(if: hasOpenSSL, "there is no /usr/bin/openssl")) struct `A run over TLS` {
    private static let own = "HTTP/1.1 500 Own\r\nX-Release: v1\r\nContent-Length: 0\r\n\r\n"

    /// Runs for one second against a server with a certificate for `api.test`.
    private func record(asking host: String, trusting: Bool = true) async throws -> Record {
        let name = "teal-load-\(UInt64.random(in: 0 ... .max))"
        let directory = FileManager.default.temporaryDirectory.appending(path: name)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        // Of what is left in the directory for temporary files nothing is used again.
        defer { try? FileManager.default.removeItem(at: directory) }
        let (certificate, key) = (directory.path + "/cert.pem", directory.path + "/key.pem")
        let making = Process()
        making.executableURL = URL(filePath: openssl)
        making.arguments = [
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1",
            "-subj",
            "/CN=api.test", "-addext", "subjectAltName=DNS:api.test", "-keyout", key, "-out", certificate,
        ]
        making.standardError = FileHandle.nullDevice
        try making.run()
        making.waitUntilExit()
        try #require(making.terminationStatus == 0)
        let configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMFile(certificate).map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(file: key, format: .pem))
        )
        let server = try await MisbehavingServer(
            [.send(Self.own)],
            encryption: try NIOSSLContext(configuration: configuration)
        )
        let record = try await Record.of(
            ["--url", server.url, "--host", host, "--report", "/dev/null", "--rate", "30", "--duration", "1"]
                + (trusting ? ["--ca", certificate] : [])
        )
        try await server.stop()
        return record
    }

    @Test(.timeLimit(.minutes(1)))
    func `has every answer of a server that its authority knows`() async throws {
        let record = try await record(asking: "api.test")
        // How fast it goes is the machine's.
        #expect(record.failures.keys.allSatisfy { $0 == .late }, "\(record.failures)")
        #expect(!record.answers.isEmpty)
        #expect(record.reconnects == 0)
    }

    @Test(.timeLimit(.minutes(1)), arguments: [("other.test", true), ("api.test", false)])
    func `fails in full where the certificate is another name's, or nobody's`(host: String, trusting: Bool) async throws
    {
        let record = try await record(asking: host, trusting: trusting)
        #expect(record.answers.isEmpty)
        #expect(record.failed == record.scheduled && record.scheduled >= 30)
    }
}
