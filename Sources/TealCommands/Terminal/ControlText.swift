/// Makes text that came from elsewhere harmless for a terminal: it may name things, but not move the cursor, set the
/// window's title or write over what stands there.
///
/// Control characters are those of ISO/IEC 6429 (C0, DEL, C1) and the ones that turn the direction of a line around
/// (Unicode Standard Annex 9, section 2).
enum ControlText {
    /// What may stay of the escape sequences in a text.
    enum Kept: Hashable {
        case nothing
        /// Colours as ``Style`` writes them.
        case colours
        /// Colours and what draws over lines that were drawn before.
        case drawing
    }

    /// The text with every control character in it as `\u001b`, which is what JSON takes, too; line ends and tabs stay.
    static func escaped(_ text: String, keeping kept: Kept = .nothing) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        var result = String.UnicodeScalarView()
        var rest = text.unicodeScalars[...]
        while let scalar = rest.first {
            if scalar == "\u{1B}", let end = sequenceEnd(of: rest), stays(rest[..<end], kept) {
                result += rest[..<end]
                rest = rest[end...]
                continue
            }
            rest = rest.dropFirst()
            if !isControl(scalar) || scalar == "\r" && kept == .drawing && rest.first == "\u{1B}" {
                result.append(scalar)
            } else {
                let digits = String(scalar.value, radix: 16)
                result += "\\u\(String(repeating: "0", count: max(0, 4 - digits.count)))\(digits)".unicodeScalars
            }
        }
        return String(result)
    }

    /// What another program wrote, for a terminal: its colours stay and end with the line, all other control sequences
    /// are dropped.
    static func shown(_ text: String, colours: Bool) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        var result = String.UnicodeScalarView()
        var isColoured = false
        var rest = text.unicodeScalars[...]
        func end() {
            if isColoured { result += "\u{1B}[0m".unicodeScalars }
            isColoured = false
        }
        while let scalar = rest.first {
            if scalar == "\u{1B}" {
                guard let end = sequenceEnd(of: rest) else {
                    rest = rest.dropFirst()
                    continue
                }
                if colours, let parameters = parameters(of: rest[..<end], final: "m") {
                    result += rest[..<end]
                    isColoured = !["", "0"].contains(parameters)
                }
                rest = rest[end...]
                continue
            }
            rest = rest.dropFirst()
            if scalar == "\n" { end() }
            if !isControl(scalar) { result.append(scalar) }
        }
        end()
        return String(result)
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0A: false
        case ..<0x20, 0x7F...0x9F: true
        case 0x2028, 0x2029, 0x202A...0x202E, 0x2066...0x2069: true
        default: false
        }
    }

    /// The end of the escape sequence that `text` begins with (ECMA-48 section 5.3 to 5.6); nil when it is cut off.
    private static func sequenceEnd(of text: Substring.UnicodeScalarView) -> Substring.UnicodeScalarView.Index? {
        let body = text.dropFirst()
        guard let kind = body.first else { return nil }
        switch kind {
        case "[":
            let parameters = body.dropFirst().drop { (0x20...0x3F).contains($0.value) }
            guard let last = parameters.first, (0x40...0x7E).contains(last.value) else { return nil }
            return parameters.index(after: parameters.startIndex)
        case "]", "P", "X", "^", "_":
            // A text up to BEL or ST.
            var rest = body.dropFirst()
            while let scalar = rest.first, scalar != "\n" {
                rest = rest.dropFirst()
                if scalar == "\u{07}" || scalar == "\u{9C}" { return rest.startIndex }
                if scalar == "\u{1B}", rest.first == "\\" { return rest.index(after: rest.startIndex) }
            }
            return rest.startIndex
        default:
            let rest = body.drop { (0x20...0x2F).contains($0.value) }
            guard let last = rest.first, (0x30...0x7E).contains(last.value) else { return nil }
            return rest.index(after: rest.startIndex)
        }
    }

    private static func stays(_ sequence: Substring.UnicodeScalarView, _ kept: Kept) -> Bool {
        guard kept != .nothing, let last = sequence.last else { return false }
        if let code = parameters(of: sequence, final: "m") { return Style.codes.contains(code) }
        return kept == .drawing && ["A", "J", "K"].contains(last) && parameters(of: sequence, final: last) != nil
    }

    /// What stands between the beginning of a control sequence and the character that says what it does; nil when it is
    /// no such sequence, or one of somebody's own.
    private static func parameters(of sequence: Substring.UnicodeScalarView, final: Unicode.Scalar) -> String? {
        guard sequence.last == final, sequence.dropFirst().first == "[" else { return nil }
        let parameters = sequence.dropFirst(2).dropLast()
        let isPlain = parameters.allSatisfy { ("0"..."9").contains($0) || $0 == ";" || $0 == ":" }
        return isPlain ? String(parameters) : nil
    }
}
