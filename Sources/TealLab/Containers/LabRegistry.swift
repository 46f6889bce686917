import Foundation
import Synchronization

/// A registry on loopback without a password, which ends with its lab.
package final class LabRegistry: Sendable {
    /// Address and port, the beginning of its images' names.
    package let host: String
    private let socket: EngineSocket
    private static let program = "/usr/bin/docker-registry"

    /// Starts one.
    ///
    /// - Throws: ``LabFailure`` when it does not answer within 20 seconds.
    package init(_ lab: Lab) async throws {
        guard let socket = lab.runtime.socket else { throw LabFailure("there is no engine") }
        self.socket = socket
        guard let port = (lab.publicPort + 2..<lab.publicPort + 8).first(where: Lab.isFree) else {
            throw LabFailure("no free port from \(lab.publicPort + 2)")
        }
        host = "127.0.0.1:\(port)"
        let directory = lab.root + "/registry"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let settings = """
            version: 0.1
            log: {level: error}
            storage: {filesystem: {rootdirectory: \(directory)/data}}
            http: {addr: \(host)}
            """
        try Data(settings.utf8).write(to: URL(fileURLWithPath: directory + "/config.yml"))
        let child = try Child([Self.program, "serve", directory + "/config.yml"], output: directory + "/log")
        lab.state.withLock { $0.loads.append(child) }
        try await until("an answer of the registry", within: .seconds(20)) {
            if let code = child.ended { throw LabFailure("the registry ended with \(code)") }
            return try await Child(
                ["/usr/bin/curl", "-s", "-o", "/dev/null", "-m", "5", "http://\(host)/v2/"],
                output: "/dev/null"
            ).wait(within: .seconds(10)) == 0
        }
    }

    /// Builds the sample's image with a layer of its own, pushes it, and takes it from the engine.
    ///
    /// - Parameters:
    ///   - version: Its tag.
    ///   - repository: What it is called in the registry.
    ///   - settings: Further lines of its Dockerfile, such as `ENV SAMPLE_HEALTH=never`.
    /// - Returns: Its name.
    /// - Throws: ``LabFailure`` with what the engine says.
    @discardableResult
    package func push(_ version: String, as repository: String = "sample", _ settings: [String] = []) throws -> String {
        let name = "\(host)/\(repository)"
        try SampleImage.build("\(name):\(version)", on: socket, label: version, settings: settings)
        // The Engine wants the field; an empty login is one that nobody asks for.
        let answer = try socket.request(
            "POST",
            "/images/\(name)/push?tag=\(version)",
            fields: ["X-Registry-Auth": "e30="],
            limitSeconds: 120
        )
        guard answer.status == 200, !answer.text.contains("\"error\"") else {
            throw LabFailure("push: \(answer.text.suffix(300))")
        }
        _ = try socket.request("DELETE", "/images/\(name):\(version)")
        return "\(name):\(version)"
    }
}
