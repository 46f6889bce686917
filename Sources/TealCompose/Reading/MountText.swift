/// A mount in its short form: `[source:]target[:options]`.
struct MountText: Hashable, Sendable {
    enum Failure: Error, Equatable {
        case empty
        case emptySection
        case tooManyColons

        var phrase: String {
            switch self {
            case .empty: "the mount is empty"
            case .emptySection: "the mount has nothing between two colons"
            case .tooManyColons: "the mount has too many colons"
            }
        }
    }

    var source = ""
    var target = ""
    var isReadOnly = false
    var doesNotCopy = false
    var propagation: String?
    var selinux: String?
    /// Whether the source is a path of the host.
    var isBind = false
    /// Whether the text is so short that nothing is said of the volume.
    var isBare = false
    /// Options that Compose does not know; the reference implementation takes no notice of them.
    var unknownOptions: [String] = []

    init(parsing text: String) throws(Failure) {
        guard !text.isEmpty else { throw .empty }
        guard text.utf8.count > 2 else {
            target = text
            isBare = true
            return
        }
        let sections = Self.sections(of: text)
        for (index, section) in sections.enumerated() {
            guard !section.isEmpty else { throw .emptySection }
            let isLast = index == sections.count - 1
            if source.isEmpty {
                if isLast { target = section } else { source = section }
            } else if target.isEmpty {
                target = section
            } else if !isLast {
                throw .tooManyColons
            } else {
                for option in section.split(separator: ",", omittingEmptySubsequences: false) { take(String(option)) }
            }
        }
        isBind = Self.isPath(source)
    }

    private mutating func take(_ option: String) {
        switch option {
        case "ro": isReadOnly = true
        case "rw": isReadOnly = false
        case "nocopy": doesNotCopy = true
        case "rprivate", "private", "rshared", "shared", "rslave", "slave": propagation = option
        case "z", "Z": selinux = option
        default: unknownOptions.append(option)
        }
    }

    /// The parts between colons; the one behind a Windows drive and those within `${…}` divide nothing.
    private static func sections(of text: String) -> [String] {
        var sections: [String] = []
        var section = ""
        var depth = 0
        var rest = Substring(text)
        while let character = rest.popFirst() {
            if character == "$", rest.first == "{" {
                depth += 1
            } else if character == "}", depth > 0 {
                depth -= 1
            } else if character == ":", depth == 0, !(section.count == 1 && section.allSatisfy(\.isLetter)) {
                sections.append(section)
                section = ""
                continue
            }
            section.append(character)
        }
        return sections + [section]
    }

    private static func isPath(_ source: String) -> Bool {
        guard let first = source.first else { return false }
        if [".", "/", "~"].contains(first) || source.hasPrefix("\\\\") { return true }
        return first.isLetter && source.dropFirst().first == ":"
    }

    /// The long form.
    func mapping(at place: SourcePlace) -> ComposeMapping {
        func text(_ text: String) -> ComposeNode { ComposeNode(text, at: place) }
        let yes = ComposeNode(.bool(true), at: place)
        var mapping = ComposeMapping([("type", text(isBind ? "bind" : "volume"))])
        if !source.isEmpty { mapping["source"] = text(source) }
        mapping["target"] = text(PathText.clean(target))
        if isReadOnly { mapping["read_only"] = yes }
        var bind = ComposeMapping()
        if let selinux { bind["selinux"] = text(selinux) }
        if let propagation { bind["propagation"] = text(propagation) }
        if isBind { bind["create_host_path"] = yes }
        if !bind.isEmpty { mapping["bind"] = ComposeNode(.mapping(bind), at: place) }
        if doesNotCopy || !isBind && !isBare {
            let volume = doesNotCopy ? ComposeMapping([("nocopy", yes)]) : ComposeMapping()
            mapping["volume"] = ComposeNode(.mapping(volume), at: place)
        }
        return mapping
    }
}
