/// Numbers as people write them: `2`, `0.5`, `.5`, `1e-3`.
enum DecimalText {
    /// The number; nil for hexadecimal digits, `inf`, `nan` and whatever else a program might read as a number.
    static func parse(_ text: some StringProtocol) -> Double? {
        let isDecimal = text.utf8.allSatisfy { byte in
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || ".-+eE".utf8.contains(byte)
        }
        return isDecimal ? Double(text) : nil
    }
}
