/// Options of `docker run` that a role or an accessory adds.
enum KamalOptions {
    /// Puts those that Teal has a key for into a service, and notes every one.
    static func put(_ section: inout ForeignSection, into keys: inout DraftMap, service: String) {
        guard let fields = section.value("options")?.fields else { return }
        section.tell("options", .changed, became: service)
        for field in fields {
            let text = field.value.text
            var became: String?
            switch field.name {
            case "memory":
                if let memory = Quantity.memory(text.flatMap(Quantity.bytes)) {
                    keys[map: "resources"]["memory"] = .text(memory)
                    became = "\(service).resources.memory: \(memory)"
                }
            case "cpus":
                if let cpus = field.value.number, (0.01...1024).contains(cpus) {
                    keys[map: "resources"]["cpus"] = .decimal(cpus)
                    became = "\(service).resources.cpus"
                }
            case "user":
                if let text, !text.isEmpty,
                    text.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "_.-:".contains($0)) })
                {
                    keys[map: "container"]["user"] = .text(text)
                    became = "\(service).container.user"
                }
            case "read-only":
                if let isTrue = field.value.boolean {
                    keys[map: "container"]["readOnly"] = .boolean(isTrue)
                    became = "\(service).container.readOnly"
                }
            case "pids-limit":
                if let count = field.value.integer, (1...4_194_304).contains(count) {
                    keys[map: "container"]["processesMax"] = .integer(count)
                    became = "\(service).container.processesMax"
                }
            case "restart":
                section.tell(
                    part: ".restart",
                    of: "options",
                    line: field.line,
                    .dropped,
                    "what is released runs, and runs again after a reboot"
                )
                continue
            default: break
            }
            section.tell(
                part: ".\(field.name)",
                of: "options",
                line: field.line,
                became == nil ? .dropped : .carried,
                became: became,
                became == nil ? "there is no key for `docker run --\(field.name)` with this value" : "",
                next: became == nil ? "See the keys of `container` and `resources` in docs/teal.yml.md." : ""
            )
        }
    }
}
