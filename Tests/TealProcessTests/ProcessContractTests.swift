import TealTestSupport
import Testing

@Suite(.serialized)
struct `The process runtime keeps the container runtime contract` {
    @Test(.timeLimit(.minutes(2)), arguments: ContainerRuntimeContract.clauses(for: ProcessLab.abilities))
    func clause(_ clause: ContainerRuntimeContract) async throws {
        try await ProcessLab.with { try await clause.check($0) }
    }
}
