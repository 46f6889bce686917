/// How a service is rolled out.
package struct ComposeDeploy: ComposePart, Hashable {
    package let mode: String?
    package internal(set) var replicas: Int?
    /// Labels of the service, not of its containers.
    package let labels: [String: String]
    package let updateConfig: ComposeUpdate?
    package let rollbackConfig: ComposeUpdate?
    package let resources: ComposeResources
    package let restartPolicy: ComposeRestartPolicy?
    package let placement: ComposePlacement
    package let endpointMode: String?
    /// Keys that begin with `x-`.
    package let extensions: [String: JSONValue]

    init(_ fields: Fields) {
        mode = fields.text("mode")
        replicas = fields.optionalWhole("replicas")
        labels = fields.pairs("labels")
        updateConfig = fields.part("update_config")
        rollbackConfig = fields.part("rollback_config")
        resources =
            fields.part("resources")
            ?? .init(.init(mapping: .init(), place: fields.place, path: fields.path, problems: fields.problems))
        restartPolicy = fields.part("restart_policy")
        placement =
            fields.part("placement")
            ?? .init(.init(mapping: .init(), place: fields.place, path: fields.path, problems: fields.problems))
        endpointMode = fields.text("endpoint_mode")
        extensions = fields.extensions
    }

    var json: JSONValue {
        JSONFields {
            $0.add("mode", mode)
            $0.add("replicas", optional: replicas)
            $0.add("labels", labels)
            $0.add("update_config", updateConfig)
            $0.add("rollback_config", rollbackConfig)
            $0.always("resources", resources.json)
            $0.add("restart_policy", restartPolicy)
            $0.always("placement", placement.json)
            $0.add("endpoint_mode", endpointMode)
        }
        .value
    }
}
