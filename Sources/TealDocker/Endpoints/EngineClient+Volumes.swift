extension EngineClient {
    /// What the Engine says of a volume.
    struct VolumeFacts: Sendable {
        let name: String
        let labels: [String: String]

        init?(_ json: JSONValue) {
            guard let name = json["Name"].string else { return nil }
            self.name = name
            labels = json["Labels"].object.compactMapValues(\.string)
        }
    }

    /// The volumes that carry all of these labels, by name.
    func volumes(labelled labels: [String: String]) async throws(DockerError) -> [VolumeFacts] {
        var call = EngineCall("GET", "/volumes", "list volumes")
        let filter = labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        call.query = [EngineCall.filters(["label": filter])]
        return try await json(call)["Volumes"].array.compactMap { VolumeFacts($0) }
            .filter { volume in labels.allSatisfy { volume.labels[$0.key] == $0.value } }
            .sorted { $0.name < $1.name }
    }

    /// What is known of a volume; nil when there is none.
    func volume(_ name: String) async throws(DockerError) -> VolumeFacts? {
        let call = EngineCall("GET", "/volumes/\(EngineCall.part(name))", "inspect volume")
        let answer = try await answer(call, accepting: [404])
        guard answer.status != 404 else { return nil }
        guard let facts = JSONValue(parsing: answer.bytes).flatMap({ VolumeFacts($0) }) else {
            throw .unreadable(call: call.what, reason: "it is no volume")
        }
        return facts
    }

    /// Makes a volume; one that has the name already is left as it is.
    func createVolume(
        _ name: String,
        labels: [String: String],
        driver: String = "local",
        options: [String: String] = [:]
    ) async throws(DockerError) {
        var call = EngineCall("POST", "/volumes/create", "create volume", limit: EngineCall.longLimit)
        var body: [String: JSONValue] = [
            "Name": .string(name), "Driver": .string(driver), "Labels": JSONValue(labels),
        ]
        if !options.isEmpty { body["DriverOpts"] = JSONValue(options) }
        call.body = .object(body)
        _ = try await answer(call)
    }

    /// Removes a volume with what is in it; succeeds when it is not there.
    func removeVolume(_ name: String) async throws(DockerError) {
        let call = EngineCall(
            "DELETE",
            "/volumes/\(EngineCall.part(name))",
            "remove volume",
            limit: EngineCall.longLimit
        )
        _ = try await answer(call, accepting: [404])
    }
}
