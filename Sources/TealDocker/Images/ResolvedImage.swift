package import TealCore

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

    package init(content: ReleaseContent, how: Source, facts: ImageFacts?, registryProblem: String? = nil) {
        self.content = content
        self.how = how
        self.facts = facts
        self.registryProblem = registryProblem
    }
}

/// Finds out what an image's name means now.
struct ImageResolver: Sendable {
    let client: EngineClient

    /// Asks the registry first, and falls back to what the host has.
    ///
    /// - Throws: The registry's refusal when the host has nothing, or when it refuses a login that was given.
    func resolve(_ reference: ImageReference, login: RegistryLogin?) async throws(DockerError) -> ResolvedImage {
        let problem: DockerError
        do throws(DockerError) {
            let digest = try await client.registryDigest("\(reference)", login: login)
            let facts = try await client.image("\(reference.name)@\(digest)")
            return ResolvedImage(content: .image(digest: digest), how: .registry, facts: facts)
        } catch {
            problem = error
        }
        if login != nil, let message = problem.message, DockerError.saysLoginRefused(message) { throw problem }
        // An engine that cannot be asked has no images either.
        guard problem.message != nil || !problem.isUnreachable || problem.isSlowRegistry else { throw problem }
        guard let facts = try await client.image("\(reference)") else { throw problem }
        if let digest = reference.digest ?? facts.digest(in: reference.name),
            !(digest == facts.id && problem.saysUnknown)
        {
            return .init(
                content: .image(digest: digest),
                how: .hostByDigest,
                facts: facts,
                registryProblem: "\(problem)"
            )
        }
        return .init(content: .localImage(id: facts.id), how: .hostOnly, facts: facts, registryProblem: "\(problem)")
    }
}

extension DockerError {
    /// The registry answers, and has no such image.
    ///
    /// Then a digest that is the image's own ID is no proof of a push. An
    /// engine that keeps images in containerd gives every image one.
    fileprivate var saysUnknown: Bool {
        guard let text = message?.lowercased() else { return false }
        return isNotFound || ["manifest unknown", "name unknown", "not found"].contains { text.contains($0) }
    }
}
