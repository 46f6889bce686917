/// Reads a tar archive entry by entry: POSIX ustar and pax (IEEE Std 1003.1-2017, pax), and GNU's long names.
///
/// Paths and link targets are checked as they are read, so nothing that comes out of here leads outside.
struct TarReader {
    private static let blockBytes = 512
    /// The longest path or extended header, in bytes.
    private static let textBytesMax = 1 << 20
    private static let pathBytesMax = 4096
    private static let entriesMax = 1_000_000

    /// Gives the next bytes, at most as many as asked for; empty at the end.
    private let source: (Int) throws(ArtifactError) -> [UInt8]
    private var buffer: [UInt8] = []
    private var position = 0
    /// What is left of the present entry's bytes, and of their padding.
    private var bodyLeft = 0
    private var paddingLeft = 0
    private var entries = 0

    init(source: @escaping (Int) throws(ArtifactError) -> [UInt8]) { self.source = source }

    /// The next entry; nil at the end.
    ///
    /// Skips what was not read of the one before.
    mutating func next() throws(ArtifactError) -> TarEntry? {
        var longPath: String?
        var longLink: String?
        var paxSize: Int?
        while true {
            try skip(bodyLeft + paddingLeft)
            (bodyLeft, paddingLeft) = (0, 0)
            guard let header = try block() else { throw .archive(.cutShort) }
            if header.allSatisfy({ $0 == 0 }) {
                try drain()
                return nil
            }
            try Self.check(header)
            entries += 1
            guard entries <= Self.entriesMax else { throw .archive(.tooLarge("more than \(Self.entriesMax) entries")) }
            let type = header[156]
            let size = try Self.number(header[124..<136])
            switch type {
            case UInt8(ascii: "L"): longPath = Self.text(try smallBody(size))
            case UInt8(ascii: "K"): longLink = Self.text(try smallBody(size))
            case UInt8(ascii: "g"): _ = try smallBody(size)
            case UInt8(ascii: "x"):
                let fields = try Self.pax(try smallBody(size))
                longPath = fields["path"] ?? longPath
                longLink = fields["linkpath"] ?? longLink
                if let text = fields["size"] {
                    guard let value = Int(text), value >= 0 else { throw .archive(.badHeader) }
                    paxSize = value
                }
                guard !fields.keys.contains(where: { $0.hasPrefix("GNU.sparse") }) else {
                    throw .archive(.unsupported(longPath ?? "", type: "a sparse file"))
                }
            default:
                let path = longPath ?? Self.path(header)
                return try entry(type, path, longLink ?? Self.text(header[157..<257]), paxSize ?? size, header)
            }
        }
    }

    /// Bytes of the present file, at most 1 MiB; empty at its end.
    mutating func body() throws(ArtifactError) -> [UInt8] {
        guard bodyLeft > 0 else { return [] }
        let part = try take(min(bodyLeft, 1 << 20))
        guard !part.isEmpty else { throw .archive(.cutShort) }
        bodyLeft -= part.count
        return part
    }

    private mutating func entry(
        _ type: UInt8,
        _ path: String,
        _ link: String,
        _ size: Int,
        _ header: [UInt8]
    ) throws(ArtifactError) -> TarEntry {
        let segments = try Self.segments(path)
        let mode = try Self.number(header[100..<108])
        let kind: TarEntry.Kind
        switch type {
        case 0 where path.utf8.last == UInt8(ascii: "/"), UInt8(ascii: "5"): kind = .directory
        case 0, UInt8(ascii: "0"), UInt8(ascii: "7"):
            // Before anything is added to it: a header may say any number.
            guard size <= TarUnpacker.bytesMax else { throw .archive(.tooLarge("'\(path)' has \(size) bytes")) }
            kind = .file(bytes: size)
            bodyLeft = size
            paddingLeft = (Self.blockBytes - size % Self.blockBytes) % Self.blockBytes
        case UInt8(ascii: "1"): kind = .hardLink(target: try Self.segments(link))
        case UInt8(ascii: "2"):
            try Self.checkLink(link, at: segments, path)
            kind = .symbolicLink(target: link)
        case UInt8(ascii: "3"), UInt8(ascii: "4"): throw .archive(.unsupported(path, type: "a device"))
        case UInt8(ascii: "6"): throw .archive(.unsupported(path, type: "a named pipe"))
        case UInt8(ascii: "S"): throw .archive(.unsupported(path, type: "a sparse file"))
        default:
            throw .archive(.unsupported(path, type: "of type '\(Character(Unicode.Scalar(type)))'"))
        }
        guard !segments.isEmpty || kind == .directory else { throw .archive(.inTheWay(path)) }
        return TarEntry(path: segments, kind: kind, isExecutable: mode & 0o111 != 0)
    }

    /// Cuts a path into segments.
    static func segments(_ path: String) throws(ArtifactError) -> [String] {
        guard path.utf8.count <= pathBytesMax else { throw .archive(.tooLarge("a path of \(path.utf8.count) bytes")) }
        let parts = try parts(path)
        guard path.utf8.first != slash, !parts.contains("..") else { throw .archive(.outside(path)) }
        return parts
    }

    /// Lets a link pass whose `..` come first and stay inside: then no other link can bend it outwards.
    static func checkLink(_ target: String, at path: [String], _ name: String) throws(ArtifactError) {
        let parts = try parts(target)
        let ups = parts.prefix { $0 == ".." }.count
        guard !target.isEmpty, target.utf8.first != slash, ups < max(path.count, 1),
            !parts.dropFirst(ups).contains("..")
        else {
            throw .archive(.linkOutside(name, target: target))
        }
    }

    private static let slash = UInt8(ascii: "/")

    /// What lies between the slashes, as the kernel sees it: byte by byte.
    ///
    /// A slash with a combining mark behind it is one `Character`, and a path ends for the kernel at its first NUL.
    private static func parts(_ path: String) throws(ArtifactError) -> [String] {
        guard !path.utf8.contains(0) else { throw .archive(.badHeader) }
        return path.utf8.split(separator: slash).map { String(decoding: $0, as: UTF8.self) }.filter { $0 != "." }
    }

    // MARK: Header fields

    private static func check(_ header: [UInt8]) throws(ArtifactError) {
        let wanted = try number(header[148..<156])
        let sum = header.indices.reduce(0) { $0 + ((148..<156).contains($1) ? 32 : Int(header[$1])) }
        guard sum == wanted else { throw .archive(.badHeader) }
    }

    private static func path(_ header: [UInt8]) -> String {
        let name = text(header[0..<100])
        let prefix = text(header[345..<500])
        // GNU's own format keeps times where ustar has the prefix.
        let isUstar = header[257..<263].elementsEqual("ustar\0".utf8)
        return isUstar && !prefix.isEmpty ? prefix + "/" + name : name
    }

    private static func text(_ bytes: some Collection<UInt8>) -> String {
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }

    /// Octal digits, or GNU's base 256 for large numbers.
    private static func number(_ bytes: ArraySlice<UInt8>) throws(ArtifactError) -> Int {
        guard let first = bytes.first else { return 0 }
        if first & 0x80 != 0 {
            var value = Int(first & 0x3F)
            for byte in bytes.dropFirst() {
                guard value < 1 << 54 else { throw .archive(.badHeader) }
                value = value << 8 | Int(byte)
            }
            return value
        }
        let digits = text(bytes).filter { $0 != " " }
        guard !digits.isEmpty else { return 0 }
        guard let value = Int(digits, radix: 8), value >= 0 else { throw .archive(.badHeader) }
        return value
    }

    /// Reads `length name=value` lines.
    private static func pax(_ bytes: [UInt8]) throws(ArtifactError) -> [String: String] {
        var fields: [String: String] = [:]
        var rest = bytes[...]
        while !rest.isEmpty {
            guard let space = rest.firstIndex(of: UInt8(ascii: " ")),
                let length = Int(String(decoding: rest[..<space], as: UTF8.self)),
                // At least its own number, the space, and the line's end.
                length >= space - rest.startIndex + 2, length <= rest.count
            else { throw .archive(.badHeader) }
            let record = rest[(space + 1)..<(rest.startIndex + length - 1)]
            guard let equals = record.firstIndex(of: UInt8(ascii: "=")) else { throw .archive(.badHeader) }
            let value = record[(equals + 1)...]
            fields[String(decoding: record[..<equals], as: UTF8.self)] = String(decoding: value, as: UTF8.self)
            rest = rest[(rest.startIndex + length)...]
        }
        return fields
    }

    // MARK: Bytes

    private mutating func smallBody(_ size: Int) throws(ArtifactError) -> [UInt8] {
        guard size <= Self.textBytesMax else { throw .archive(.tooLarge("an extended header of \(size) bytes")) }
        var bytes: [UInt8] = []
        while bytes.count < size {
            let part = try take(size - bytes.count)
            guard !part.isEmpty else { throw .archive(.cutShort) }
            bytes += part
        }
        try skip((Self.blockBytes - size % Self.blockBytes) % Self.blockBytes)
        return bytes
    }

    private mutating func block() throws(ArtifactError) -> [UInt8]? {
        var bytes: [UInt8] = []
        while bytes.count < Self.blockBytes {
            let part = try take(Self.blockBytes - bytes.count)
            guard !part.isEmpty else { return nil }
            bytes += part
        }
        return bytes
    }

    private mutating func skip(_ count: Int) throws(ArtifactError) {
        var left = count
        while left > 0 {
            let part = try take(min(left, 1 << 20))
            guard !part.isEmpty else { throw .archive(.cutShort) }
            left -= part.count
        }
    }

    /// Reads on to the end, so that what unpacks for us can end by itself.
    private mutating func drain() throws(ArtifactError) {
        while try !take(1 << 20).isEmpty {}
    }

    private mutating func take(_ count: Int) throws(ArtifactError) -> [UInt8] {
        if position == buffer.count {
            buffer = try source(1 << 20)
            position = 0
        }
        let end = min(position + count, buffer.count)
        defer { position = end }
        return Array(buffer[position..<end])
    }
}
