extension EngineClient {
    /// What the engine says of itself.
    package func facts() async throws(DockerError) -> EngineFacts {
        let version = try await versionAnswer()
        let speaking = try await self.version()
        return EngineFacts(version: version, info: try await info(), speaking: speaking)
    }
}
