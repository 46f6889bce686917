package import TealCore
package import TealDriverKit

/// What an image's name meant when it was looked up.
package struct ResolvedImage: Hashable, Sendable {
    /// How the name was found.
    package enum Source: String, Hashable, Sendable {
        /// The registry said its digest.
        case registry
        /// The registry could not be asked or does not have it; the host has it, with the digest that it was pulled or
        /// pushed by.
        case hostByDigest = "host-by-digest"
        /// The host alone has it: it was never pushed.
        case hostOnly = "host-only"
    }

    package let content: ReleaseContent
    package let how: Source
    /// What is known of it; nil while it is not on the host.
    package let facts: ImageFacts?
    /// Why the registry did not say; nil where it did.
    package let registryProblem: String?
    /// What it said instead; nil where it said the digest.
    package let registryWord: RegistryWord?

    package init(
        content: ReleaseContent,
        how: Source,
        facts: ImageFacts?,
        registryProblem: String? = nil,
        registryWord: RegistryWord? = nil
    ) {
        self.content = content
        self.how = how
        self.facts = facts
        self.registryProblem = registryProblem
        self.registryWord = registryWord
    }
}

/// Finds out what an image's name means now.
struct ImageResolver: Sendable {
    let client: EngineClient
    let home: DockerHome

    /// Asks the registry first, and falls back to what the host has.
    ///
    /// - Throws: The registry's refusal when the host has nothing, or when it refuses a login that was given.
    func resolve(_ reference: ImageReference, login: RegistryLogin?) async throws(DockerError) -> ResolvedImage {
        let problem: DockerError
        do throws(DockerError) {
            return try await asked(reference, login)
        } catch {
            problem = error
        }
        if login != nil, let message = problem.message, DockerError.saysLoginRefused(message) { throw problem }
        // An engine that cannot be asked has no images either.
        guard problem.message != nil || !problem.isUnreachable || problem.isSlowRegistry else { throw problem }
        guard let facts = try await client.image("\(reference)") else { throw problem }
        let word = problem.word(of: reference)
        // A digest that is the image's own ID is no proof of a push: an engine that keeps images in containerd gives every
        // image one.
        guard let digest = reference.digest ?? facts.digest(in: reference.name),
            !(digest == facts.id && word == .hasNone)
        else {
            return ResolvedImage(
                content: .localImage(id: facts.id),
                how: .hostOnly,
                facts: facts,
                registryProblem: "\(problem)",
                registryWord: word
            )
        }
        return ResolvedImage(
            content: .image(digest: digest),
            how: .hostByDigest,
            facts: facts,
            registryProblem: "\(problem)",
            registryWord: word
        )
    }

    /// What the registry says that a name stands for, and what the host has of that.
    private func asked(_ reference: ImageReference, _ login: RegistryLogin?) async throws(DockerError) -> ResolvedImage
    {
        let digest: String
        do throws(DockerError) {
            digest = try await client.registryDigest("\(reference)", login: login)
        } catch {
            guard client.isPodman, error.isUnserved else { throw error }
            return try await pulled(reference, login)
        }
        let facts = try await client.image("\(reference.name)@\(digest)")
        return ResolvedImage(content: .image(digest: digest), how: .registry, facts: facts)
    }

    /// The same by a pull: Podman before 6 asks a registry for nothing less.
    private func pulled(
        _ reference: ImageReference,
        _ login: RegistryLogin?
    ) async throws(DockerError) -> ResolvedImage {
        // By its whole name, since the host may have one of its own under the short one.
        let name = "\(reference.registry)/\(reference.repository)"
        let whole = reference.digest.map { "\(name)@\($0)" } ?? "\(name):\(reference.tag ?? "latest")"
        let before = try await client.image(whole)
        try await client.pullAsked(name, reference, login: login)
        guard let facts = try await client.image(whole),
            let digest = reference.digest ?? facts.digest(in: reference.name)
        else { throw .unreadable(call: EngineClient.askingRegistry + "\(reference)", reason: "it has no digest") }
        if before?.id != facts.id {
            let record = PulledRecord(id: facts.id, name: before == nil ? whole : nil)
            // What is not on record stays on the host when no release needs it any more.
            try? home.write(record, to: home.file(of: record))
        }
        return ResolvedImage(content: .image(digest: digest), how: .registry, facts: facts)
    }
}

extension DockerError {
    /// What a registry said of a name by this failure.
    fileprivate func word(of reference: ImageReference) -> RegistryWord {
        guard let text = message?.lowercased(), !isUnserved, !Self.saysRegistryAway(text) else { return .silent }
        if Self.saysLoginRefused(text) {
            // Docker Hub says so of names that it does not have, and its own images are everybody's.
            return reference.registry == "docker.io" && reference.repository.hasPrefix("library/") ? .hasNone : .refused
        }
        let none = ["manifest unknown", "name unknown", "no such image", "not found", "does not exist"]
        return isNotFound || none.contains { text.contains($0) } ? .hasNone : .silent
    }
}
