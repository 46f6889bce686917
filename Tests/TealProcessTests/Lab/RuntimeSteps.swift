import Glibc
import TealCore
import TealDriverKit
import TealShimWire
import TealTestSupport

@testable import TealProcess

/// Starts scripts as replicas of a ``ProcessLab``.
struct RuntimeSteps: Sendable {
    let lab: ProcessLab

    /// A fetched release whose command is a shell script.
    func release(
        _ script: String,
        number: Int = 1,
        changing change: (inout ServiceSpec) -> Void = { _ in }
    ) async throws -> Release {
        let whole = try await lab.release(.idle, number: number)
        var spec = whole.spec
        spec.command = ["sh", "-c", script]
        change(&spec)
        let release = Release(
            id: whole.id,
            environment: whole.environment,
            spec: spec,
            content: whole.content,
            secretVersions: [:],
            configurationHash: "",
            gitCommit: nil,
            author: "lab",
            createdAt: 0
        )
        try await lab.runtime.fetch(release)
        return release
    }

    func order(_ release: Release, _ index: Int = 0, secrets: [String: Secret] = [:]) -> StartOrder {
        let replica = ReplicaID(service: release.id.service, slot: .blue, index: index)
        return StartOrder(replica: replica, release: release, environment: secrets, active: true)
    }

    func start(_ script: String, number: Int = 1) async throws -> ReplicaState {
        try await lab.runtime.start(order(try await release(script, number: number)))
    }

    /// Starts a script that says `out ready`, and waits for that.
    func started(_ script: String, number: Int = 1) async throws -> ReplicaState {
        let state = try await start(script, number: number)
        try await eventually("\(state.id) is ready") { try await texts(state.id).contains("out ready") }
        return state
    }

    func texts(_ replica: ReplicaID) async throws -> [String] {
        try await lab.runtime.logTail(of: replica, linesMax: 1000).map(\.text)
    }

    /// Every shim of this lab's home.
    func shims() -> [ProcessIdentity] {
        ProcessTree.all().filter { entry in
            guard !entry.isZombie, let line = (try? Files.text("/proc/\(entry.pid)/cmdline")) ?? nil else {
                return false
            }
            return line.split(separator: "\0").contains { $0.hasPrefix(lab.home.root + "/") }
        }.map(\.identity)
    }

    /// Kills every shim of this lab's home, those that are just beginning too, and waits until they are gone.
    func killShims() async throws {
        let found = shims()
        for shim in found { ProcessTree.signal(shim, SIGKILL) }
        try await eventually("the shims are gone") { found.allSatisfy { !$0.isAlive } }
    }

    /// Everything that runs in the content of this lab's releases.
    func processes() -> [String] {
        ProcessTree.all().filter { entry in
            guard !entry.isZombie, let directory = Files.linkTarget("/proc/\(entry.pid)/cwd") else { return false }
            return directory.hasPrefix(lab.home.releases + "/")
        }.map { "\($0.pid) \($0.name)" }
    }
}
