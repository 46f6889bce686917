import TealCore

/// Values of secrets that also stand where nothing seals them.
struct SecretTraces {
    /// Shorter values are found by chance.
    static let bytesMin = 8

    private let secrets: [(name: String, value: String)]

    init(_ secrets: [String: Secret]) {
        self.secrets = secrets.sorted { $0.key < $1.key }.map { ($0.key, $0.value.reveal()) }
            .filter { $0.value.utf8.count >= Self.bytesMin }
    }

    /// A sentence for each secret and place, without a value.
    func warnings(of specs: [ServiceSpec]) -> [String] { specs.flatMap(warnings) }

    /// Whether a text holds the value of any.
    func isIn(_ text: String) -> Bool { secrets.contains { text.contains($0.value) } }

    private func warnings(of spec: ServiceSpec) -> [String] {
        var found: [String] = []
        for (name, value) in secrets {
            for (place, texts) in Self.open(spec) where texts.contains(where: { $0.contains(value) }) {
                found.append(
                    """
                    \(spec.name): its \(place) has the value of the secret \(name), which the list of processes or the \
                    journal shows; let the program read it from a variable that `secrets` names
                    """
                )
            }
            // What has a secret's name is told by that.
            let open = spec.environment.filter {
                $0.value.contains(value) && !SecretLook.isLikely(name: $0.key, value: $0.value)
            }
            for variable in open.keys.sorted() {
                found.append(
                    """
                    \(spec.name): \(variable) has the value of the secret \(name) in it and is kept as plain text; name it \
                    under `secrets` too, the value may stay where it is
                    """
                )
            }
        }
        return found
    }

    /// What is shown or written down as it is, beside the variables.
    private static func open(_ spec: ServiceSpec) -> [(place: String, texts: [String])] {
        var check = spec.written?.healthcheck?.test ?? []
        if case .command(let words) = spec.health.check { check += words }
        return [
            ("command", (spec.written?.entrypoint ?? []) + (spec.written?.command ?? []) + spec.command),
            ("health check", check),
            ("migration", spec.migrate?.command ?? []),
            ("hooks", spec.hooks.flatMap(\.run.command)),
            ("labels", Array((spec.written?.labels ?? [:]).values)),
        ]
    }
}
