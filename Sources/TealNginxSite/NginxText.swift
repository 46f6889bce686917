package import TealCore

/// How things are written in a file of nginx.
package enum NginxText {
    /// A value in double quotes; nil for one that no quotes can hold.
    ///
    /// nginx knows no way to write a `$` that begins no variable, and a control character is nobody's intention.
    package static func quoted(_ text: String) -> String? {
        guard text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f && $0 != UInt8(ascii: "$") }) else { return nil }
        return "\"" + escaped(text) + "\""
    }

    /// A pattern in double quotes, as `map` and `location` take it; `prefix` comes before it, such as `~^`.
    package static func quotedPattern(_ pattern: String) -> String { "\"" + escaped(pattern) + "\"" }

    /// A text as a regular expression that matches just it.
    package static func pattern(for text: String) -> String {
        var pattern = ""
        for character in text {
            if #"\^$.|?*+()[]{}"#.contains(character) { pattern.append("\\") }
            pattern.append(character)
        }
        return pattern
    }

    /// A sentence in double quotes, with what cannot be written left out.
    package static func sentence(_ text: String) -> String {
        "\"" + escaped(String(text.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7f && $0 != "$" })) + "\""
    }

    /// A duration as nginx takes it, at least one millisecond.
    package static func time(_ duration: Duration) -> String {
        let milliseconds = max(1, duration / .milliseconds(1))
        return milliseconds.truncatingRemainder(dividingBy: 1000) == 0
            ? "\(Int(milliseconds / 1000))s" : "\(Int(milliseconds))ms"
    }

    /// The name of a service's upstream, and of the variable that names it: `teal_shop_web`.
    ///
    /// `-` is written `__`: a single `_` is only between project and service.
    package static func name(of service: ServiceKey) -> String {
        func part(_ name: String) -> String {
            name.map { $0 == "-" ? "__" : String($0) }.joined()
        }
        return "teal_\(part("\(service.project)"))_\(part("\(service.service)"))"
    }

    /// A map that makes `variable` the path as it came, without a prefix (no slash at its end).
    ///
    /// nginx would take the prefix from the path as it has decoded it; this way `%2F` stays what it is. A path that leads
    /// there only once it is decoded is passed on as it is.
    package static func strippingMap(_ variable: String, prefix: String) -> String {
        let pattern = pattern(for: prefix)
        return "map $request_uri \(variable) {\n"
            + "    \(quotedPattern("~^\(pattern)(/.*)$")) $1;\n"
            + "    \(quotedPattern("~^\(pattern)(\\?.*)?$")) /$1;\n"
            + "    default $request_uri;\n}\n"
    }

    private static func escaped(_ text: String) -> String {
        text.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : String($0) }.joined()
    }
}
