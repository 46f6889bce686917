/// What one target has been sent and has answered since the proxy started.
///
/// All but the three "now" values only rise.
package struct TargetCounters: Hashable, Sendable {
    package var id: TargetID
    /// Whether the table in force names the target.
    package var isRouted = false
    /// Requests sent or being sent to the target; a retry on another target counts there too.
    package var requestsStarted: UInt64 = 0
    /// Requests not yet fully answered, now.
    ///
    /// Upgraded connections are not among them.
    package var requestsInFlight: UInt64 = 0
    /// Upgraded connections that began here.
    package var upgradedStarted: UInt64 = 0
    /// Upgraded connections open now under paths marked `keep`, or under no rule.
    package var upgradedKeepInFlight: UInt64 = 0
    /// Upgraded connections open now under paths marked `close`.
    package var upgradedCloseInFlight: UInt64 = 0
    /// Upgraded connections that the proxy closed because the target left, on request, or at a limit.
    package var upgradedClosed: UInt64 = 0
    /// The target's own answers by class, 1xx to 5xx, always five.
    ///
    /// 101 is the only 1xx that counts.
    package var answers: [UInt64] = [0, 0, 0, 0, 0]
    /// 502 made by the proxy: no connection, or the target closed without an answer or sent no HTTP.
    package var badGateway: UInt64 = 0
    /// 503 made by the proxy for a request that was meant for this target.
    package var unavailable: UInt64 = 0
    /// 504 made by the proxy: the target accepted the request and was silent too long.
    package var gatewayTimeout: UInt64 = 0
    /// Answers that broke off: by the target, by its silence, or by a cut.
    ///
    /// Not those whose client left.
    package var cutAnswers: UInt64 = 0
    /// Requests whose client left before the answer was complete.
    package var clientLeft: UInt64 = 0
    /// TCP connections to the target that did not come about.
    package var connectFailures: UInt64 = 0
    /// Requests that were sent again, here or elsewhere, because this target gave no byte.
    package var retries: UInt64 = 0
    /// Bytes sent to the target, heads included.
    package var bytesToTarget: UInt64 = 0
    /// Bytes received from the target, heads included.
    package var bytesFromTarget: UInt64 = 0
    package var latency = LatencyHistogram()

    package init(id: TargetID) {
        self.id = id
    }

    /// Upgraded connections open now.
    package var upgradedInFlight: UInt64 { upgradedKeepInFlight &+ upgradedCloseInFlight }

    /// Errors that the proxy made for want of an answer.
    package var proxyMadeErrors: UInt64 { badGateway &+ unavailable &+ gatewayTimeout }
}

extension TargetCounters: WireMessage {
    package func write(to writer: inout WireWriter) {
        writer.field(1, id.text)
        writer.field(2, isRouted)
        writer.field(3, requestsStarted)
        writer.field(4, requestsInFlight)
        writer.field(5, upgradedStarted)
        writer.field(6, upgradedKeepInFlight)
        writer.field(7, upgradedCloseInFlight)
        writer.field(8, upgradedClosed)
        writer.field(9, packed: answers)
        writer.field(10, badGateway)
        writer.field(11, unavailable)
        writer.field(12, gatewayTimeout)
        writer.field(13, cutAnswers)
        writer.field(14, clientLeft)
        writer.field(15, connectFailures)
        writer.field(16, retries)
        writer.field(17, bytesToTarget)
        writer.field(18, bytesFromTarget)
        writer.field(19, packed: latency.sparse)
    }

    package init(from reader: inout WireReader) throws(WireError) {
        self.init(id: TargetID(""))
        while let field = try reader.next() {
            switch field.tag {
            case 1: id = TargetID(try field.text("id"))
            case 2: isRouted = try field.flag("isRouted")
            case 3: requestsStarted = try field.number("requestsStarted")
            case 4: requestsInFlight = try field.number("requestsInFlight")
            case 5: upgradedStarted = try field.number("upgradedStarted")
            case 6: upgradedKeepInFlight = try field.number("upgradedKeepInFlight")
            case 7: upgradedCloseInFlight = try field.number("upgradedCloseInFlight")
            case 8: upgradedClosed = try field.number("upgradedClosed")
            case 9:
                let values = try field.packed("answers", countMax: 5)
                guard values.count == 5 else { throw .unfit("answers") }
                answers = values
            case 10: badGateway = try field.number("badGateway")
            case 11: unavailable = try field.number("unavailable")
            case 12: gatewayTimeout = try field.number("gatewayTimeout")
            case 13: cutAnswers = try field.number("cutAnswers")
            case 14: clientLeft = try field.number("clientLeft")
            case 15: connectFailures = try field.number("connectFailures")
            case 16: retries = try field.number("retries")
            case 17: bytesToTarget = try field.number("bytesToTarget")
            case 18: bytesFromTarget = try field.number("bytesFromTarget")
            case 19:
                latency = try LatencyHistogram(
                    sparse: try field.packed("latency", countMax: 2 * LatencyHistogram.bucketCount)
                )
            default: break
            }
        }
    }
}
