import Foundation
import Glibc
import TealCore
import TealTestSupport

@testable import TealDocker

/// A registry on loopback that wants a password.
struct Registry: Sendable {
    static let missing = "docker-registry and htpasswd are not installed"
    static let isThere =
        ProcessInfo.processInfo.environment["TEAL_REQUIRE_SERVICES"] == "1"
        || (Shell.has("docker-registry") && Shell.has("htpasswd"))

    private static let port = 25_000 + Int(getpid()) % 4000
    /// Where every registry of these tests listens, one at a time.
    static let address = "127.0.0.1:\(port)"

    let host: String
    private let process: Process

    /// Starts one, which ends with the fixture.
    init(_ fixture: Fixture) async throws {
        let directory = try fixture.directory()
        host = Self.address
        try await Shell.must(#"htpasswd -Bbn teal s3cret > "$1/htpasswd""#, [directory])
        let configuration = """
            version: 0.1
            log: {level: error}
            storage: {filesystem: {rootdirectory: \(directory)/data}, delete: {enabled: true}}
            http: {addr: \(Self.address)}
            auth: {htpasswd: {realm: teal, path: \(directory)/htpasswd}}
            """
        try Data(configuration.utf8).write(to: URL(fileURLWithPath: directory + "/config.yml"))
        process = Process()
        process.executableURL = URL(fileURLWithPath: Shell.path(of: "docker-registry") ?? "/nowhere")
        process.arguments = ["serve", directory + "/config.yml"]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        let pid = process.processIdentifier
        fixture.atEnd { kill(pid, SIGKILL) }
        let address = host
        try await eventually(within: .seconds(20), "the registry answers") {
            try await Shell.run(#"curl -s -o /dev/null "http://$1/v2/""#, [address]).code == 0
        }
    }

    func login(password: String = "s3cret") -> RegistryLogin {
        RegistryLogin(username: "teal", password: Secret(password), registry: host)
    }

    /// Puts an image there, and takes it from the engine.
    ///
    /// - Returns: Its digest in the registry.
    func push(_ image: String, as repository: String, tag: String) async throws -> String {
        let name = "\(host)/\(repository)"
        let header = login().header
        _ = try await DockerEngine.curl("POST", "/images/\(image)/tag?repo=\(name)&tag=\(tag)")
        let said = try await DockerEngine.curl(
            "POST",
            "/images/\(name)/push?tag=\(tag)",
            ["-H", "X-Registry-Auth: \(header)"]
        )
        guard let start = said.range(of: "sha256:", options: .backwards) else { throw Shell.Failed(description: said) }
        let digest = String(said[start.lowerBound...].prefix(71))
        _ = try await DockerEngine.curl("DELETE", "/images/\(image)?force=1")
        return digest
    }
}
