package import TealCore

/// What Compose cannot say of a service: from `x-teal` inside of the Compose file, or from teal.yml.
package struct ServiceSteering: Hashable, Sendable {
    package var kind: ServiceKind?
    /// The image that is released, instead of the one that the Compose file names.
    package var image: String?
    /// How many run in a slot, instead of what the Compose file says.
    package var replicas: Int?
    /// The port in the container that takes requests.
    package var port: Int?
    /// Routes; a service with some takes requests.
    package var routes: [Route] = []
    package var strategy: Strategy?
    package var background: Background?
    /// Whether two releases of it may write to its volumes at the same time.
    package var sharesVolumes = false
    /// Whether its ports are open to other hosts where the Compose file names no address.
    package var publishesEverywhere = false
    /// Whether it is said how it is asked whether it is well.
    package var hasHealth = false

    package init() {}

    /// Whether it is to take requests.
    package var takesTraffic: Bool { kind == .web || kind == nil && (!routes.isEmpty || port != nil) }
}

extension ServiceSteering {
    /// Reads what decides from `x-teal` of a service, for a look at Compose files by themselves; for a release all of it is
    /// read, as teal.yml is.
    ///
    /// - Parameters:
    ///   - extension: Its value.
    ///   - report: Called with a key and what is wrong with its value.
    init(_ extension: JSONValue, report: (String, String) -> Void) {
        self.init()
        guard case .object(let fields) = `extension` else {
            report("", "`x-teal` must be a mapping")
            return
        }
        func text(_ key: String) -> String? {
            guard let value = fields[key] else { return nil }
            guard let text = value.scalarText else {
                report(key, "`\(key)` must be a text")
                return nil
            }
            return text
        }
        func choice<Choice: RawRepresentable & CaseIterable>(_ key: String) -> Choice? where Choice.RawValue == String {
            guard let text = text(key) else { return nil }
            guard let choice = Choice(rawValue: text) else {
                report(key, "`\(key)` must be \(Phrase.oneOf(Choice.allCases.map(\.rawValue))), not '\(text)'")
                return nil
            }
            return choice
        }
        kind = choice("kind")
        image = text("image")
        replicas = text("replicas").flatMap { Int($0) }
        strategy = choice("strategy")
        if let written = text("port") {
            port = Int(written).flatMap { (1...65535).contains($0) ? $0 : nil }
            if port == nil { report("port", "`port` must be from 1 to 65535, not '\(written)'") }
        }
        sharesVolumes = text("shared").map { $0 == "true" } ?? false
        if let publish = text("publish") {
            publishesEverywhere = publish == "everywhere"
            if !["everywhere", "loopback"].contains(publish) {
                report("publish", "`publish` must be loopback or everywhere, not '\(publish)'")
            }
        }
        switch text("background") {
        case nil: break
        case "none": background = Background.none
        case "exclusive": background = .exclusive
        // One that is told by calls is read with the other keys of teal.yml.
        default:
            if case .object = fields["background"] {
            } else {
                report("background", "`background` must be none or exclusive")
            }
        }
        var hosts = fields["hosts"]?.texts ?? []
        if let host = text("host") { hosts.insert(host, at: 0) }
        let path = text("path")
        if !hosts.isEmpty || path != nil {
            routes = [Route(hosts: hosts.map { $0.lowercased() }, pathPrefix: path ?? "/")]
        }
    }
}

extension JSONValue {
    /// A scalar as a text; nil for null, lists and mappings.
    var scalarText: String? {
        switch self {
        case .bool(let value): value ? "true" : "false"
        case .number(let text), .string(let text): text
        case .null, .array, .object: nil
        }
    }

    /// The scalars of a list.
    var texts: [String] { if case .array(let items) = self { items.compactMap(\.scalarText) } else { [] } }
    var fields: [String: JSONValue] { if case .object(let fields) = self { fields } else { [:] } }
}
