/// Why a published table was not taken.
///
/// The table in force stays as it was.
package enum PublishRefusal: Error, Hashable, Sendable {
    /// Another daemon has taken over; these are the epoch and version in force.
    case staleEpoch(epoch: UInt64, version: UInt64)
    /// The version is not the next one; these are the epoch and version in force.
    case versionGap(epoch: UInt64, version: UInt64)
    /// The table contradicts itself or breaks a limit; says how.
    case badTable(String)
    /// The disk that holds the table's file is full.
    case diskFull(path: String)
    /// The table could not be stored for another reason; says which.
    case notStored(String)
}

extension PublishRefusal: WireMessage {
    package func write(to writer: inout WireWriter) {
        switch self {
        case .staleEpoch(let epoch, let version):
            writer.field(1, UInt64(1))
            writer.field(2, epoch)
            writer.field(3, version)
        case .versionGap(let epoch, let version):
            writer.field(1, UInt64(2))
            writer.field(2, epoch)
            writer.field(3, version)
        case .badTable(let text):
            writer.field(1, UInt64(3))
            writer.field(4, text.wirePrefix)
        case .notStored(let text):
            writer.field(1, UInt64(4))
            writer.field(4, text.wirePrefix)
        case .diskFull(let path):
            writer.field(1, UInt64(5))
            writer.field(4, path.wirePrefix)
        }
    }

    package init(from reader: inout WireReader) throws(WireError) {
        var kind: UInt64 = 0
        var epoch: UInt64 = 0
        var version: UInt64 = 0
        var text = ""
        while let field = try reader.next() {
            switch field.tag {
            case 1: kind = try field.number("kind")
            case 2: epoch = try field.number("epoch")
            case 3: version = try field.number("version")
            case 4: text = try field.text("text")
            default: break
            }
        }
        switch kind {
        case 1: self = .staleEpoch(epoch: epoch, version: version)
        case 2: self = .versionGap(epoch: epoch, version: version)
        case 3: self = .badTable(text)
        case 4: self = .notStored(text)
        case 5: self = .diskFull(path: text)
        default: throw .unfit("refusal")
        }
    }
}

extension String {
    /// As much of the text as fits into a text field, cut between characters.
    var wirePrefix: String {
        if utf8.count <= RouteTable.textBytesMax { return self }
        var text = ""
        for character in self {
            if text.utf8.count + String(character).utf8.count > RouteTable.textBytesMax { break }
            text.append(character)
        }
        return text
    }
}
