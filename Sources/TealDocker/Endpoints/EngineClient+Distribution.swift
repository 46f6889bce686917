extension EngineClient {
    /// The digest that a registry has for a reference now; the engine asks the registry.
    func registryDigest(_ reference: String, login: RegistryLogin?) async throws(DockerError) -> String {
        let path = "/distribution/\(EngineCall.imagePart(reference))/json"
        var call = EngineCall("GET", path, "ask the registry for \(reference)", limit: .seconds(30))
        call.registryAuth = login?.header
        guard let digest = try await json(call)["Descriptor"]["digest"].string else {
            throw .unreadable(call: call.what, reason: "it has no digest")
        }
        return digest
    }
}
