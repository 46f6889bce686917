/// A text with its escapes undone, that knows where each byte came from.
struct EscapedView {
    private(set) var bytes: [UInt8] = []
    /// Where each byte's escape begins and ends in the original.
    private var origins: [Range<Int>] = []

    /// The stretch of the original that a stretch of the view came from.
    func original(_ stretch: Range<Int>) -> Range<Int> {
        guard let first = stretch.first, let last = stretch.last else { return 0..<0 }
        return origins[first].lowerBound..<origins[last].upperBound
    }

    /// The views that differ from the text: percent-encoding undone (RFC 3986 section 2.1), the same with `+` as a space
    /// (HTML forms), JSON's escapes undone (RFC 8259 section 7), and JSON's then percent-encoding.
    static func views(of text: [UInt8]) -> [EscapedView] {
        let isPercent = text.contains(UInt8(ascii: "%"))
        let isJSON = text.contains(UInt8(ascii: "\\"))
        let isForm = text.contains(UInt8(ascii: "+"))
        guard isPercent || isJSON || isForm else { return [] }
        let plain = EscapedView(unchanged: text)
        var views: [EscapedView] = []
        if isPercent { views.append(plain.undoing(EscapedView.percentEscape)) }
        if isForm { views.append(plain.undoing(EscapedView.formEscape)) }
        if isJSON {
            let json = plain.undoing(EscapedView.jsonEscape)
            views.append(json)
            if isPercent || isForm { views.append(json.undoing(EscapedView.percentEscape)) }
            if isForm { views.append(json.undoing(EscapedView.formEscape)) }
        }
        return views
    }

    private init() {}

    private init(unchanged text: [UInt8]) {
        bytes = text
        origins = text.indices.map { $0..<($0 + 1) }
    }

    /// An escape at the beginning of `bytes`: what it stands for and how long it is; nil when there is none.
    private typealias Escape = (_ bytes: ArraySlice<UInt8>) -> (meaning: [UInt8], count: Int)?

    private func undoing(_ escape: Escape) -> EscapedView {
        var view = EscapedView()
        view.bytes.reserveCapacity(bytes.count)
        view.origins.reserveCapacity(bytes.count)
        var place = 0
        while place < bytes.count {
            if let (meaning, count) = escape(bytes[place...]) {
                let origin = original(place..<(place + count))
                for byte in meaning {
                    view.bytes.append(byte)
                    view.origins.append(origin)
                }
                place += count
            } else {
                view.bytes.append(bytes[place])
                view.origins.append(origins[place])
                place += 1
            }
        }
        return view
    }

    private static func percentEscape(_ bytes: ArraySlice<UInt8>) -> (meaning: [UInt8], count: Int)? {
        guard bytes.first == UInt8(ascii: "%"), let value = hexadecimal(bytes.dropFirst().prefix(2), digits: 2) else {
            return nil
        }
        return ([UInt8(value)], 3)
    }

    private static func formEscape(_ bytes: ArraySlice<UInt8>) -> (meaning: [UInt8], count: Int)? {
        bytes.first == UInt8(ascii: "+") ? ([UInt8(ascii: " ")], 1) : percentEscape(bytes)
    }

    private static func jsonEscape(_ bytes: ArraySlice<UInt8>) -> (meaning: [UInt8], count: Int)? {
        guard bytes.first == UInt8(ascii: "\\"), let kind = bytes.dropFirst().first else { return nil }
        switch kind {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return ([kind], 2)
        case UInt8(ascii: "b"): return ([8], 2)
        case UInt8(ascii: "f"): return ([12], 2)
        case UInt8(ascii: "n"): return ([10], 2)
        case UInt8(ascii: "r"): return ([13], 2)
        case UInt8(ascii: "t"): return ([9], 2)
        case UInt8(ascii: "u"): return unicodeEscape(bytes)
        default: return nil
        }
    }

    /// `\uXXXX`, or two of them as a surrogate pair.
    private static func unicodeEscape(_ bytes: ArraySlice<UInt8>) -> (meaning: [UInt8], count: Int)? {
        guard let first = hexadecimal(bytes.dropFirst(2).prefix(4), digits: 4) else { return nil }
        if let scalar = Unicode.Scalar(first) { return (Array(String(scalar).utf8), 6) }
        let rest = bytes.dropFirst(6)
        guard first < 0xdc00, rest.starts(with: Array("\\u".utf8)),
            let second = hexadecimal(rest.dropFirst(2).prefix(4), digits: 4), (0xdc00...0xdfff).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (first - 0xd800) << 10 + (second - 0xdc00))
        else { return nil }
        return (Array(String(scalar).utf8), 12)
    }

    private static func hexadecimal(_ bytes: ArraySlice<UInt8>, digits: Int) -> UInt32? {
        guard bytes.count == digits else { return nil }
        var value: UInt32 = 0
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt32(byte - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | UInt32(byte - UInt8(ascii: "a") + 10)
            case UInt8(ascii: "A")...UInt8(ascii: "F"): value = value << 4 | UInt32(byte - UInt8(ascii: "A") + 10)
            default: return nil
            }
        }
        return value
    }
}
