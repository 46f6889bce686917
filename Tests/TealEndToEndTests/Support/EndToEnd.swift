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

    /// A line for whoever reads the run.
    static func say(_ text: String) { FileHandle.standardError.write(Data("  » \(text)\n".utf8)) }
}

/// Checks that nothing is left behind: the doctor finds nothing, and no process runs but those of the slots.
///
/// - Parameters:
///   - lab: Where to look.
///   - slots: Names of the replicas that are to run, such as `web-blue-0`; nil when they are not looked at.
///   - what: Said with a failure.
///   - sourceLocation: Where a failure is shown.
/// - Throws: What the client throws when the daemon does not answer.
func expectTidy(
    _ lab: Lab,
    running slots: Set<String>? = nil,
    _ what: Comment? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
) async throws {
    var findings: [String] = []
    // The doctor looks at one moment; what is being mended by itself gets a little time.
    _ = try? await until("a doctor without findings", within: .seconds(10)) {
        findings = try await lab.findings()
        return findings.isEmpty
    }
    #expect(findings.isEmpty, what, sourceLocation: sourceLocation)
    if let slots {
        var places: Set<String> = []
        _ = try? await until("only the right replicas", within: .seconds(10)) {
            places = Set(lab.shimPids.keys)
            return places == slots
        }
        #expect(places == slots, what, sourceLocation: sourceLocation)
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

/// Checks that users noticed nothing.
func expectUnnoticed(
    _ report: LoadReport,
    _ what: Comment? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(report.failed == 0, "\(what.map { "\($0): " } ?? "")\(report.failuresText)", sourceLocation: sourceLocation)
    #expect(report.reconnects == 0, what, sourceLocation: sourceLocation)
    #expect(report.streamsCut == 0, what, sourceLocation: sourceLocation)
    #expect(report.sseCut == 0, what, sourceLocation: sourceLocation)
    #expect(report.webSocketsCut == 0, what, sourceLocation: sourceLocation)
    #expect(report.webSocketsWrong == 0, what, sourceLocation: sourceLocation)
    #expect(report.requests > 0, what, sourceLocation: sourceLocation)
}

extension Lab {
    /// The replicas of the active slot of `web`, as their shims' places are named.
    func places(_ service: String = "web") async throws -> Set<String> {
        Set(try await self.service(service)?.active?.replicas.map(\.replica) ?? [])
    }
}
