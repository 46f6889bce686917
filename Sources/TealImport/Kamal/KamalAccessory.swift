import TealCore

/// Makes a service out of one accessory.
struct KamalAccessory {
    let name: String
    private var section: ForeignSection
    private let notes: ImportNotes
    private let volumes: KamalVolumes
    /// The directory below the home that Kamal keeps its data in.
    private let directory: String

    init(_ field: ForeignField, service: String, home: String, taken: [String], notes: ImportNotes, file: String?) {
        name = Naming.free(Naming.name(field.name, fallback: "accessory"), among: taken)
        section = ForeignSection(
            field.value,
            path: "accessories.\(field.name)",
            keys: KamalKeys.accessory,
            notes: notes,
            file: file
        )
        self.notes = notes
        volumes = KamalVolumes(home: home, isShared: false)
        directory = section.text("service") ?? "\(service)-\(field.name)"
    }

    /// The entry of its own registry; nil without one.
    mutating func registry() -> DraftMap? {
        guard let value = section.value("registry") else { return nil }
        var registry = KamalRegistry(value, path: section.path(of: "registry"), notes: notes, file: section.file)
        return registry.entry().entry
    }

    mutating func keys() -> DraftMap {
        let service = "services.\(name)"
        var keys = DraftMap()
        keys["kind"] = .text("accessory")
        putImage(&keys, service)
        if let command = section.text("cmd") {
            keys["command"] = CommandLine.draft(command)
            section.tell(
                "cmd",
                CommandLine.needsShell(command) ? .changed : .carried,
                became: "\(service).command",
                "a shell runs the line, as it needs one"
            )
        }
        if let text = section.text("port") {
            let last = text.split(separator: ":").last.map { String($0.prefix { $0 != "/" }) }
            if let port = PortEvidence.port(last) {
                keys["port"] = .integer(port)
                section.tell("port", .changed, became: "\(service).port: \(port)")
            } else {
                section.refuse("port", "it does not end with a port")
            }
        } else {
            keys["health"] = .text("none")
            notes.assume("\(name): it names no port, so it only has to keep running; write `port` to have it asked")
        }
        let variables = KamalVariables(section.value("env"))
        variables.put(into: &keys)
        variables.tell(in: &section, service: service, port: nil)
        putVolumes(&keys, service)
        KamalOptions.put(&section, into: &keys, service: service)
        section.tell("service", .changed, became: "\(service).volumes")
        section.tell("registry", .changed, became: "registries")
        section.finish()
        return keys
    }

    private mutating func putImage(_ keys: inout DraftMap, _ service: String) {
        let server = section.value("registry")?["server"]?.text
        let written = section.text("image") ?? ""
        let whole = server.map { written.hasPrefix("\($0)/") ? written : "\($0)/\(written)" } ?? written
        let isFit = ImageReference(parsing: whole) != nil
        keys["image"] = .text(isFit ? whole : "registry.example.com/\(name)")
        section.tell(
            "image",
            isFit ? .carried : .changed,
            became: "\(service).image",
            "it is not an image's name",
            next: isFit ? nil : "Write the image."
        )
        if !section.has("image") {
            notes.warn("\(name): it names no image; write it in the place of registry.example.com/\(name)")
        }
    }

    private mutating func putVolumes(_ keys: inout DraftMap, _ service: String) {
        var all: [(text: String, target: String)] = []
        for key in ["volumes", "directories", "files"] where section.has(key) {
            var odd = 0
            for item in section.value(key)?.oneOrMany ?? [] {
                var made: (text: String, target: String)?
                switch key {
                case "volumes": made = volumes.volume(item, below: nil)
                case "directories": made = volumes.volume(item, below: directory)
                default:
                    // The copy of a file lies under the path that it has in the container.
                    if let plain = volumes.volume(item, below: "x", readOnly: true) {
                        made = ("\(volumes.home)/\(directory)\(plain.target):\(plain.target):ro", plain.target)
                    }
                }
                guard let made, !all.contains(where: { $0.target == made.target }) else {
                    odd += 1
                    continue
                }
                all.append(made)
            }
            let isWhole = odd == 0
            section.tell(
                key,
                odd == (section.value(key)?.oneOrMany.count ?? 0) ? .dropped : .changed,
                became: "\(service).volumes",
                isWhole && key == "volumes"
                    ? "a volume's name is the project's own" : isWhole ? nil : "some are not written as `source:target`"
            )
        }
        if !all.isEmpty { keys["volumes"] = .texts(all.map(\.text)) }
        for volume in all where !volume.text.hasPrefix("/") {
            notes.warn(
                "\(name): its data is in the volume \(volume.text.prefix { $0 != ":" }), and Teal's is named `<project>_…`; copy it before the first deploy"
            )
        }
    }
}
