import TealCore
import TealDriverKit
import TealTestSupport
import Testing

@testable import TealDocker

/// The differences are written down in `docs/podman.md`.
@Suite(.serialized, .enabled(if: PodmanEngine.isThere, Comment(rawValue: PodmanEngine.missing)))
struct `Podman's socket keeps the container runtime contract` {
    /// What Podman 4.3 does not do.
    private static let exceptions: Set<ContainerRuntimeContract> = [
        // The policy of a container that was made cannot be changed: the daemon starts again what ended.
        .endpointStays, .unlessStoppedRestarts, .stopBeatsPolicy, .untouchedHasNoDrift,
        // It tells the code 137 and not why, where control groups are of version 1.
        .outOfMemoryIsSaid,
        // The engine of the tests is pruned there in ways that its API does not have.
        .foreignPruneCostsNothing,
    ]

    @Test(
        .timeLimit(.minutes(2)),
        arguments: ContainerRuntimeContract.clauses(for: DockerLab.abilities).filter { !exceptions.contains($0) }
    )
    func clause(_ clause: ContainerRuntimeContract) async throws {
        try await DockerEngine.$isPodman.withValue(true) {
            try await DockerLab.with { try await clause.check($0) }
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `a policy is Teal's own to keep, and what ended stays at its endpoint when it is started again`() async throws
    {
        try await DockerEngine.$isPodman.withValue(true) {
            try await DockerLab.with { lab in
                let release = try await lab.release(DockerLab.idle)
                let first = try await lab.started(release)
                try await lab.ready(first.id)
                try await lab.runtime.setRestartPolicy(.unlessStopped, of: first.id)
                let kept = try await lab.state(first.id)
                #expect(kept.restartPolicy == .unlessStopped && kept.drift.isEmpty)
                try await lab.killProcess(of: first.id)
                try await eventually("it has ended") {
                    try await lab.state(first.id).phase == .exited(.init(code: 137, outOfMemory: false))
                }
                let again = try await lab.runtime.start(lab.order(release))
                #expect(again.endpoint == first.endpoint && again.origin == .kept && again.run != first.run)
            }
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `it is known as Podman, and by where it keeps everything`() async throws {
        try await DockerEngine.$isPodman.withValue(true) {
            try await DockerLab.with { lab in
                let one = try await lab.runtime.engine()
                let other = try await lab.runtime.engine()
                #expect(one.isPodman && one.mark == other.mark && one.mark.id == "podman")
            }
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `two homes leave each other alone, and a lost record is made from what runs`() async throws {
        try await DockerEngine.$isPodman.withValue(true) {
            try await DockerLab.with { one in
                try await DockerLab.with { two in
                    let release = try await one.release(DockerLab.idle)
                    let first = try await one.started(release)
                    let second = try await two.started(try await two.release("echo another; \(DockerLab.idle)"))
                    #expect(first.endpoint != second.endpoint)
                    #expect(try await two.container(second.id).name == "lab-app-blue")
                    try one.runtime.home.forget(first.id)
                    let again = try await one.runtime.start(one.order(release))
                    #expect(again.run == first.run && again.endpoint == first.endpoint)
                }
            }
        }
    }
}
