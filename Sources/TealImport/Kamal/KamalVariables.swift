import TealCore

/// Reads `env` of Kamal: plain, or with `clear`, `secret` and `tags`.
struct KamalVariables {
    /// The variables whose values stand in the file.
    let clear: [ForeignField]
    /// The variables whose values are secret, each with the name of its value.
    let secrets: [(name: String, source: String)]
    private let isPlain: Bool
    private let value: ForeignValue?

    init(_ value: ForeignValue?) {
        self.value = value
        let fields = value?.fields ?? []
        let names = Set(fields.map(\.name))
        isPlain = names.isDisjoint(with: ["clear", "secret", "tags"])
        clear = isPlain ? fields : value?["clear"]?.fields ?? []
        secrets =
            isPlain
            ? []
            : (value?["secret"]?.oneOrMany ?? []).compactMap(\.text).map { text in
                let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
                return (parts.first ?? text, parts.last ?? text)
            }
    }

    /// Puts them into a service.
    func put(into keys: inout DraftMap, over base: KamalVariables? = nil) {
        let fields = Variables.merged(base?.clear ?? [], clear)
        let all = (base?.secrets ?? []) + secrets
        let secretNames = Set(all.map(\.name))
        var names = all.map(\.name).filter(Self.isFit)
        names = names.enumerated().filter { names.firstIndex(of: $0.element) == $0.offset }.map(\.element)
        if !names.isEmpty { keys["secrets"] = .texts(names) }
        Variables(layers: [fields]).put(fields, into: &keys, without: secretNames.union(["PORT"]))
    }

    /// Notes what became of each variable of the section's key `env`.
    func tell(in section: inout ForeignSection, service: String, port: Int?) {
        guard let value else { return }
        section.tell("env", .carried, became: "\(service).env")
        let path = section.path(of: "env")
        var inner = ForeignSection(value, path: path, keys: KamalKeys.env, notes: section.notes, file: section.file)
        let variables = Variables(layers: [clear])
        if isPlain {
            variables.tell(clear, of: "env", in: section, to: service, secretsTo: service, without: ["PORT"])
        } else {
            inner.tell("clear", .carried, became: "\(service).env")
            variables.tell(clear, of: "clear", in: inner, to: service, secretsTo: service, without: ["PORT"])
            inner.tell("secret", .carried, became: "\(service).secrets")
            for secret in secrets { tell(secret, in: inner, service: service) }
            for field in value["tags"]?.fields ?? [] {
                inner.tell(
                    part: ".\(field.name)",
                    of: "tags",
                    line: field.line,
                    .dropped,
                    "a host has no variables of its own",
                    next: "Make an environment of those hosts."
                )
            }
            inner.finish()
        }
        for field in clear where field.name == "PORT" {
            let isSame = PortEvidence.port(field.value.text) == port
            let text = "Teal sets `PORT` to the service's `port`\(port.map { ", \($0)" } ?? "")"
            if isPlain {
                section.tell(part: ".PORT", of: "env", line: field.line, .changed, became: "\(service).port", text)
            } else {
                inner.tell(part: ".PORT", of: "clear", line: field.line, .changed, became: "\(service).port", text)
            }
            if !isSame, let port {
                section.notes.warn(
                    """
                    \(service.split(separator: ".").last ?? ""): PORT is \(field.value.text ?? "?") in `env`, but the proxy \
                    asks port \(port) (`proxy.app_port`, 80 without it); see on which one the program listens
                    """
                )
            }
        }
    }

    private func tell(_ secret: (name: String, source: String), in inner: ForeignSection, service: String) {
        guard Self.isFit(secret.name) else {
            inner.tell(part: ".\(secret.name)", of: "secret", line: nil, .dropped, "it is not a variable's name")
            return
        }
        let isAlias = secret.name != secret.source
        inner.tell(
            part: ".\(secret.name)",
            of: "secret",
            line: nil,
            isAlias ? .changed : .carried,
            became: "\(service).secrets",
            isAlias
                ? "the value of \(secret.source) is wanted by the name \(secret.name); a project has one value by each name"
                : "",
            next:
                "Write a line `\(secret.name)=…` into `.teal/secrets.env`\(isAlias ? ", with the value of \(secret.source)" : "")."
        )
    }

    static func isFit(_ name: String) -> Bool { EnvironmentVariableName.isFit(name) && !name.hasPrefix("TEAL_") }
}
