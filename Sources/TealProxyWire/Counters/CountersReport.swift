/// All counters of one proxy process at one moment.
package struct CountersReport: Hashable, Sendable {
    /// Requests that had no target, because their service had none.
    package struct Unavailable: Hashable, Sendable {
        package let service: String
        /// 503 answers made since the proxy started.
        package let count: UInt64

        package init(service: String, count: UInt64) {
            self.service = service
            self.count = count
        }
    }

    /// Random for each process.
    ///
    /// Reports of two incarnations cannot be subtracted.
    package var incarnation: UInt64
    package var epoch: UInt64
    package var version: UInt64
    package var targets: [TargetCounters]
    package var unavailable: [Unavailable]
    /// Requests that the proxy itself refused: 400, 404, 408, 413, 414, 421, 431 and the like.
    package var refused: UInt64

    package init(
        incarnation: UInt64,
        epoch: UInt64,
        version: UInt64,
        targets: [TargetCounters],
        unavailable: [Unavailable] = [],
        refused: UInt64 = 0
    ) {
        self.incarnation = incarnation
        self.epoch = epoch
        self.version = version
        self.targets = targets
        self.unavailable = unavailable
        self.refused = refused
    }

    /// The counters of one target; nil when the proxy knows it not.
    package subscript(_ id: TargetID) -> TargetCounters? { targets.first { $0.id == id } }
}

extension CountersReport: WireMessage {
    /// The most targets that a report lists.
    package static let targetsMax = 16384

    package func write(to writer: inout WireWriter) {
        writer.field(1, incarnation)
        writer.field(2, epoch)
        writer.field(3, version)
        for target in targets.prefix(Self.targetsMax) { writer.field(4, message: target.write) }
        for entry in unavailable.prefix(RouteTable.servicesMax) {
            writer.field(
                5,
                message: { inner in
                    inner.field(1, entry.service)
                    inner.field(2, entry.count)
                }
            )
        }
        writer.field(6, refused)
    }

    package init(from reader: inout WireReader) throws(WireError) {
        self.init(incarnation: 0, epoch: 0, version: 0, targets: [])
        while let field = try reader.next() {
            var inner = field.message
            switch field.tag {
            case 1: incarnation = try field.number("incarnation")
            case 2: epoch = try field.number("epoch")
            case 3: version = try field.number("version")
            case 4:
                guard targets.count < Self.targetsMax else { throw .tooLong("targets") }
                targets.append(try TargetCounters(from: &inner))
            case 5:
                guard unavailable.count < RouteTable.servicesMax else { throw .tooLong("unavailable") }
                var service = ""
                var count: UInt64 = 0
                while let part = try inner.next() {
                    switch part.tag {
                    case 1: service = try part.text("service")
                    case 2: count = try part.number("count")
                    default: break
                    }
                }
                unavailable.append(Unavailable(service: service, count: count))
            case 6: refused = try field.number("refused")
            default: break
            }
        }
    }
}
