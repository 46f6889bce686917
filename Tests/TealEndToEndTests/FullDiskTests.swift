import Foundation
import TealAPI
import TealClient
import TealCore
import TealLab
import Testing

extension EndToEnd {
    /// The disk that holds the home is full, in each phase.
    @Suite struct FullDisk {
        /// Small file systems can be made by root only.
        static let canMount = getuid() == 0 && ProcessInfo.processInfo.environment["TEAL_NO_MOUNT"] == nil

        @Test(.enabled(if: canMount, "making a small file system needs root"))
        func `users stay or are taken back, and the record follows when there is space again`() async throws {
            try await Lab.with { lab in
                let mounted = try Child(
                    ["/bin/mount", "-t", "tmpfs", "-o", "size=420m,mode=700", "tmpfs", lab.home],
                    output: lab.root + "/mount.log"
                )
                guard try await mounted.wait(within: .seconds(10)) == 0 else {
                    Rounds.say(
                        "skipped: no file system can be mounted here: \(lab.lastLines(of: lab.root + "/mount.log", 1))"
                    )
                    return
                }
                let home = lab.home
                lab.atEnd {
                    // Nothing of the lab runs any more, so that it is free.
                    let child = try? Child(["/bin/umount", home], output: "/dev/null")
                    _ = try? await child?.wait(within: .seconds(10))
                }
                try await lab.startDaemon()
                #expect(try await lab.deploy("v0").outcome.state == .settled)
                let load = try lab.load("v0") { plan in
                    plan.streams = 1
                    plan.webSockets = 1
                }
                var (version, slot) = ("v0", ExpectedSlot())
                // Space returns before the rollout gives up, or only once it has ended.
                let isLong = Rounds.isAll("TEAL_ROUNDS_DISK")
                let holds =
                    Hold.all.map { ($0, false) } + Hold.all.filter { isLong || $0.phase == "watch" }.map { ($0, true) }
                for (round, (hold, isLasting)) in holds.enumerated() {
                    let old = try await lab.active()
                    let id = try await hold.begin("v\(round + 1)", lab)
                    let filler = try fill(lab.home)
                    if isLasting {
                        try await until("\(hold.phase) ends without space", within: .seconds(120)) {
                            try await lab.client.rollout(id).outcome.hasEnded
                        }
                    } else {
                        try await Task.sleep(for: .seconds(4))
                    }
                    let during = try await lab.client.rollout(id)
                    let who = try await lab.service()?.active?.release
                    try FileManager.default.removeItem(atPath: filler)
                    let view = try await lab.end(of: id, telling: load, from: version, to: "v\(round + 1)")
                    let isNew = view.outcome.state == .settled
                    #expect(view.outcome.state != .halted, "\(hold.phase): \(view.outcome)")
                    #expect(try await lab.active() == (isNew ? view.services.first?.to : old), "\(hold.phase)")
                    if isNew {
                        version = "v\(round + 1)"
                        slot.flip()
                    }
                    try await mended(lab)
                    try await expectTidy(lab, running: slot.places(), serving: version, "\(hold.phase)")
                    Rounds.say(
                        "disk full in \(hold.phase)\(isLasting ? " to the end" : ""): \(view.outcome.state) \(view.outcome.because ?? ""), "
                            + "while it was full: \(during.outcome.state) in \(during.phase ?? "-"), \(who ?? "-") active"
                    )
                }
                let report = try await load.stop()
                expectUnnoticed(report)
                Rounds.say(
                    "disk full \(holds.count) times: \(report.requests) requests, \(report.failed) failed"
                )
            }
        }

        /// The reserve is taken again by the daemon or, at the latest, by the doctor.
        private func mended(_ lab: Lab) async throws {
            _ = try await lab.client.doctor(.init(fix: true))
        }

        /// Takes all the space that is left.
        private func fill(_ directory: String) throws -> String {
            let path = directory + "/filler"
            let file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
            guard file >= 0 else { throw LabFailure("\(path): \(String(cString: strerror(errno)))") }
            defer { close(file) }
            let piece = [UInt8](repeating: 0x55, count: 1 << 16)
            var size = piece.count
            while size > 0 {
                if write(file, piece, size) < 0 { size /= 2 }
            }
            return path
        }
    }
}
