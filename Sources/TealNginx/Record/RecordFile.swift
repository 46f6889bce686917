import Foundation

/// Where the record is kept: one JSON file, replaced at once.
struct RecordFile {
    let path: String

    /// The record; an empty one when there is none.
    ///
    /// - Throws: ``RecordFault`` for one that cannot be read: what nginx follows is not known then.
    func read() throws(RecordFault) -> SwitchRecord {
        let bytes: [UInt8]?
        do throws(TextFile.Fault) {
            bytes = try TextFile.read(path)
        } catch {
            throw .unreadable(error.text)
        }
        guard let bytes else { return SwitchRecord() }
        do {
            let record = try JSONDecoder().decode(SwitchRecord.self, from: Data(bytes))
            guard record.format <= SwitchRecord.format else { throw RecordFault.newer(record.format) }
            return record
        } catch let fault as RecordFault {
            throw fault
        } catch {
            throw .unreadable("\(path) is damaged: \(error)")
        }
    }

    func write(_ record: SwitchRecord) throws(TextFile.Fault) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        guard let data = try? encoder.encode(record) else {
            // Every part of it is text, a number or bytes, which all can be written.
            throw .failed(path: path, code: EINVAL)
        }
        try TextFile.replace(path, with: Array(data), mode: 0o600)
    }
}

/// Why there is no record to go on from.
enum RecordFault: Error, Hashable {
    case unreadable(String)
    /// A later Teal has written it.
    case newer(Int)
}

extension Bytes {
    init(from decoder: any Decoder) throws {
        self.init(Array(try decoder.singleValueContainer().decode(Data.self)))
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(Data(bytes))
    }
}
