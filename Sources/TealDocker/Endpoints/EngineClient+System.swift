extension EngineClient {
    /// What the engine says of itself.
    package func facts() async throws(DockerError) -> EngineFacts {
        let version = try await versionAnswer()
        let speaking = try await self.version()
        let info = try await json(EngineCall("GET", "/info", "info"))
        return EngineFacts(version: version, info: info, speaking: speaking)
    }
}
