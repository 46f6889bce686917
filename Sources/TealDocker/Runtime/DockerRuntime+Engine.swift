import Synchronization
import TealCore
import TealDriverKit

/// Which engine has this home's containers.
extension DockerRuntime {
    /// For how long an engine that was known a moment ago is taken for the same one, where something is begun on it.
    private static let markLimit: Duration = .seconds(5)
    /// How many of the containers on record are looked for, to know an engine again that has another mark.
    private static let looksMax = 32

    /// Makes sure that the engine which answers is the one that has this home's containers, before anything is begun there.
    func knownEngine() async throws(RuntimeError) {
        if let last = lastKnown.withLock({ $0 }), ContinuousClock.now - last < Self.markLimit { return }
        try await checkEngine()
    }

    /// The same, asked now: nothing is said to be gone before it is certain where it should be.
    ///
    /// - Throws: ``RuntimeError/anotherEngine(_:)``.
    func checkEngine() async throws(RuntimeError) {
        let found = try await asked { () async throws(DockerError) in try await client.facts() }.mark
        let known: EngineMark? = try home.read(home.engine)
        if let known, known != found {
            // An engine that was moved has another mark and the same containers.
            guard try await hasOwnContainers() else {
                lastKnown.withLock { $0 = nil }
                throw .anotherEngine(words(known, found))
            }
        }
        // One at a time: the first releases of several services ask side by side.
        let written: Result<Void, RuntimeError> = lastKnown.withLock { last in
            do throws(RuntimeError) {
                if known != found { try home.write(found, to: home.engine) }
                last = .now
                return .success(())
            } catch {
                return .failure(error)
            }
        }
        try written.get()
    }

    /// What is wrong with the engine that answers; nil when it is the one that has this home's containers.
    package func strangeEngine() async -> String? {
        guard isUsed else { return nil }
        do throws(RuntimeError) {
            try await checkEngine()
            return nil
        } catch .anotherEngine(let text) {
            return text
        } catch {
            // That it does not answer is told by whoever asks it.
            return nil
        }
    }

    private func words(_ known: EngineMark, _ found: EngineMark) -> String {
        """
        the containers of this home are on another engine: \(client.socket.path) leads to \(found), and they are on \
        \(known); have the daemon use that one's socket, or move \(home.engine.path) away to begin anew on this one
        """
    }

    /// Whether the engine has one of the containers on record, or none is.
    private func hasOwnContainers() async throws(RuntimeError) -> Bool {
        var recorded: [PlaceRecord] = []
        for place in home.allPlaces() where recorded.count < Self.looksMax {
            if let record = try home.record(of: place), record.container != nil { recorded.append(record) }
        }
        guard !recorded.isEmpty else { return true }
        let own = try home.id()
        for record in recorded {
            guard let id = record.container else { continue }
            let facts = try await asked { () async throws(DockerError) in try await client.container(id) }
            // An id is never another container's.
            if let facts, facts.labels[ContainerLabels.home] == own || record.adopted?.container == id { return true }
        }
        return false
    }
}
