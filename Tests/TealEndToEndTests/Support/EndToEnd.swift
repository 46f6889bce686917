import Foundation
import TealAPI
import TealClient
import TealCore
import TealLab
import Testing

/// Everything that needs the whole machine: real daemons, proxies, services and load, one test after the other.
@Suite(.serialized) struct EndToEnd {}

/// How much a long test does.
enum Rounds {
    /// What the variable says, or the small number of every day; printed, so that a run says what it has shown.
    static func of(_ variable: String, small: Int) -> Int {
        let text = ProcessInfo.processInfo.environment[variable]
        let rounds = text.flatMap { Int($0) } ?? small
        say("\(variable)=\(rounds)\(text == nil ? " (default)" : "")")
        return rounds
    }

    static func isAll(_ variable: String) -> Bool { ProcessInfo.processInfo.environment[variable] == "all" }

    static func isOnce(_ variable: String) -> Bool { ProcessInfo.processInfo.environment[variable] == "once" }

    /// A line for whoever reads the run.
    static func say(_ text: String) { FileHandle.standardError.write(Data("  » \(text)\n".utf8)) }
}

/// Checks that nothing is left behind: the doctor finds nothing, and no process runs but those that belong here.
///
/// - Parameters:
///   - lab: Where to look.
///   - slots: Names of the replicas that are to run, such as `web-blue-0`, known to the test and not asked of the daemon.
///   - version: Which version answers for `web.test`, by one of those replicas; nil when nothing is asked.
///   - what: Said with a failure.
///   - sourceLocation: Where a failure is shown.
/// - Throws: What the client throws when the daemon does not answer.
func expectTidy(
    _ lab: Lab,
    running slots: Set<String>,
    serving version: String? = nil,
    _ what: Comment? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
) async throws {
    var findings: [String] = []
    // The doctor looks at one moment; what is being mended by itself gets a little time.
    _ = try? await until("a doctor without findings", within: .seconds(10)) {
        // That an engine's restart stops its containers is advice about the engine, and some labs want it so.
        findings = try await lab.findings().filter { lab.runtime.socket == nil || !$0.contains("live-restore is off") }
        return findings.isEmpty
    }
    #expect(findings.isEmpty, what, sourceLocation: sourceLocation)
    try await expectInvariants(lab, what, sourceLocation: sourceLocation)
    var strangers: [String] = []
    _ = try? await until("only the right processes", within: .seconds(10)) {
        strangers = lab.strangers(besides: slots) + lab.running.subtracting(slots).sorted()
        return strangers.isEmpty
    }
    #expect(strangers.isEmpty, what, sourceLocation: sourceLocation)
    if let version {
        let answer = try await lab.who()
        #expect(answer.status == 200 && answer.version == version, what, sourceLocation: sourceLocation)
        let replicas = slots.flatMap { lab.replicaPids[$0] ?? [] }
        // In a container every service is number 1.
        let isOwn = lab.runtime.socket == nil ? answer.pid.map { replicas.contains($0) } == true : !replicas.isEmpty
        #expect(isOwn, what, sourceLocation: sourceLocation)
    }
    let status = try await lab.client.status(.init())
    #expect(status.rollouts.isEmpty, what, sourceLocation: sourceLocation)
    #expect(status.drift.isEmpty, what, sourceLocation: sourceLocation)
    for service in status.projects.flatMap(\.services) {
        #expect(service.drift.isEmpty, what, sourceLocation: sourceLocation)
        if let active = service.active {
            for replica in active.replicas {
                #expect(replica.health != .down && replica.health != .unhealthy, what, sourceLocation: sourceLocation)
            }
        }
    }
}

/// Checks that no invariant is broken, as the doctor of the live host says; what is being mended gets a little time.
///
/// - Parameters:
///   - lab: Where to look.
///   - besides: Parts of the names of those that the scenario broke on purpose.
///   - what: Said with a failure.
///   - sourceLocation: Where a failure is shown.
/// - Throws: What the client throws when the daemon does not answer.
func expectInvariants(
    _ lab: Lab,
    besides: [String] = [],
    _ what: Comment? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
) async throws {
    var checks: [DoctorCheck] = []
    var broken: [String] = []
    _ = try? await until("no broken invariant", within: .seconds(10)) {
        checks = try await lab.client.doctor(.init(fix: false)).checks.filter { $0.verdict != nil }
        broken = checks.filter { check in check.verdict == .broken && !besides.contains { check.name.contains($0) } }
            .map { "\($0.name): \($0.findings.map(\.text))" }
        return broken.isEmpty
    }
    #expect(broken.isEmpty, what, sourceLocation: sourceLocation)
    #expect(checks.count >= 9, what, sourceLocation: sourceLocation)
    // What a whole host lets be seen: all but what ended runs leave, and what a running standby does.
    let unseen = checks.filter { $0.verdict == .unseen && !$0.name.contains("once-only") && !$0.name.contains("(9)") }
    #expect(unseen.isEmpty, what, sourceLocation: sourceLocation)
}

/// What users may notice all the same.
struct Allowed {
    /// Errors that a bad release answered itself.
    var ownErrors = false
    /// Streams that were cut on purpose, at most.
    var streamsCut = 0
    /// Idle kept connections that were closed while a client was about to send on them, which then sent again on another.
    var reconnects = false
    /// WebSockets that ended without a close frame; when each of them may is for the caller to look at.
    var webSocketsCut = false
}

/// Checks that users noticed nothing, and that there were users all the time.
func expectUnnoticed(
    _ report: LoadReport,
    _ what: Comment? = nil,
    but allowed: Allowed = Allowed(),
    sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(report.failed == 0, "\(what.map { "\($0): " } ?? "")\(report.failuresText)", sourceLocation: sourceLocation)
    if !allowed.reconnects { #expect(report.reconnects == 0, what, sourceLocation: sourceLocation) }
    #expect(report.streamsCut <= allowed.streamsCut, what, sourceLocation: sourceLocation)
    #expect(report.sseCut == 0, what, sourceLocation: sourceLocation)
    if !allowed.webSocketsCut { #expect(report.webSocketsCut == 0, what, sourceLocation: sourceLocation) }
    #expect(report.webSocketsWrong == 0, what, sourceLocation: sourceLocation)
    if !allowed.ownErrors { #expect(report.answeredByRelease == 0, what, sourceLocation: sourceLocation) }
    expectSteady(report, what, sourceLocation: sourceLocation)
}

/// Checks that a run of load has shown what it was to show: it was there all the time and looked at everything.
func expectSteady(
    _ report: LoadReport,
    _ what: Comment? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    let asked = report.asked
    #expect(report.routedChecked == asked.routed, what, sourceLocation: sourceLocation)
    // How fast it goes is the machine's; a load that hardly came would show nothing.
    #expect(report.rateAchieved >= Double(asked.rate) / 2, what, sourceLocation: sourceLocation)
    // Every request of the open loop has its answer or is a failure; so has, besides, every opening.
    #expect(report.answers + report.failed >= report.scheduled, what, sourceLocation: sourceLocation)
    #expect(report.scheduled > 0, what, sourceLocation: sourceLocation)
    #expect(report.streams >= asked.streams, what, sourceLocation: sourceLocation)
    #expect(report.sse >= asked.sse, what, sourceLocation: sourceLocation)
    #expect(report.webSockets >= asked.webSockets + asked.relayPairs * 2, what, sourceLocation: sourceLocation)
    if asked.webSockets > 0, report.seconds > 2 {
        #expect(report.webSocketMessages > 0, what, sourceLocation: sourceLocation)
    }
}

extension LoadReport {
    /// The beginning of a line for people.
    var inShort: String { "\(requests) requests, \(failed) failed" }
}
