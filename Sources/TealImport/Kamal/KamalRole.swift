/// A role of `servers`, with what the file says of all roles.
struct KamalRole {
    let name: String
    /// The service's name.
    let service: String
    var section: ForeignSection
    let isPrimary: Bool

    /// The hosts, without their tags.
    let hosts: [String]
    /// Hosts that have tags, as they are written.
    let tagged: [String]

    /// The roles of a file; one named `web` where `servers` is a list.
    static func all(of root: ForeignValue, notes: ImportNotes, file: String?) -> [KamalRole] {
        let primary = root["primary_role"]?.text ?? "web"
        guard let servers = root["servers"] else { return [] }
        guard let fields = servers.fields else {
            let role = ForeignValue.object([ForeignField(name: "hosts", value: servers, line: nil)])
            return [make("web", role, isPrimary: true, taken: [], notes, file, isList: true)]
        }
        var roles: [KamalRole] = []
        for field in fields {
            let isList = field.value.fields == nil
            let value =
                isList ? .object([ForeignField(name: "hosts", value: field.value, line: field.line)]) : field.value
            let role = make(
                field.name,
                value,
                isPrimary: field.name == primary || fields.count == 1,
                taken: roles.map(\.service),
                notes,
                file,
                isList: isList
            )
            roles.append(role)
        }
        return roles
    }

    private static func make(
        _ name: String,
        _ value: ForeignValue,
        isPrimary: Bool,
        taken: [String],
        _ notes: ImportNotes,
        _ file: String?,
        isList: Bool
    ) -> KamalRole {
        var hosts: [String] = []
        var tagged: [String] = []
        for item in value["hosts"]?.oneOrMany ?? [] {
            if let text = item.text { hosts.append(text) }
            for field in item.fields ?? [] {
                hosts.append(field.name)
                tagged.append(field.name)
            }
        }
        return KamalRole(
            name: name,
            service: Naming.free(Naming.name(name, fallback: "web"), among: taken),
            section: ForeignSection(value, path: "servers.\(name)", keys: KamalKeys.role, notes: notes, file: file),
            isPrimary: isPrimary,
            hosts: hosts,
            tagged: tagged
        )
    }

    /// Whether it stands behind the proxy: the primary role unless it says `false`, another one that says so.
    var isProxied: Bool {
        guard let value = section.value("proxy") else { return isPrimary }
        return value.boolean ?? true
    }
}
