extension EngineClient {
    /// How the call begins in which the engine waits for a registry, for errors.
    static let askingRegistry = "ask the registry for "

    /// The digest that a registry has for a reference now; the engine asks the registry.
    func registryDigest(_ reference: String, login: RegistryLogin?) async throws(DockerError) -> String {
        let path = "/distribution/\(EngineCall.imagePart(reference))/json"
        var call = EngineCall("GET", path, Self.askingRegistry + reference, limit: .seconds(30))
        call.registryAuth = login?.header
        guard let digest = try await json(call)["Descriptor"]["digest"].string else {
            throw .unreadable(call: call.what, reason: "it has no digest")
        }
        return digest
    }
}
