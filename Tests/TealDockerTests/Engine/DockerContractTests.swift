import TealTestSupport
import Testing

@Suite(.serialized, .enabled(if: DockerEngine.isThere, Comment(rawValue: DockerEngine.missing)))
struct `The Docker runtime keeps the container runtime contract` {
    @Test(.timeLimit(.minutes(2)), arguments: ContainerRuntimeContract.clauses(for: DockerLab.abilities))
    func clause(_ clause: ContainerRuntimeContract) async throws {
        try await DockerLab.with { try await clause.check($0) }
    }
}
