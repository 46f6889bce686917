import Glibc
import TealAPI
import TealDriverKit

/// What the doctor says of what runs containers.
struct EngineAdvice {
    /// What holds when there are no findings.
    let name: String
    let findings: [DoctorFinding]

    init(_ report: EngineReport, socketMode: mode_t? = nil) {
        name = "\(report.name) \(report.version) (API \(report.apiVersion)) answers, and its restarts stop nothing"
        var findings: [DoctorFinding] = []
        if let strangeness = report.strangeness {
            findings.append(
                .init(
                    severity: .error,
                    text: strangeness,
                    fix: nil,
                    next: [
                        "Start the daemon with the socket of the engine that has them, `teal serve --docker-socket PATH`"
                    ]
                )
            )
        }
        if !report.keepsContainers {
            let reload = "`systemctl \(report.isRootless ? "--user " : "")reload docker`"
            findings.append(
                .init(
                    severity: .warning,
                    text: "live-restore is off: each restart or upgrade of \(report.name) stops every container, and "
                        + "users get no answer until it has started them again",
                    fix: nil,
                    next: [
                        "Add the line `\"live-restore\": true` to \(report.settingsFile ?? "the engine's settings"), or write "
                            + "`{\"live-restore\": true}` if there is no such file, then do \(reload); no container stops for it"
                    ]
                )
            )
        }
        if let mode = socketMode ?? Self.mode(report.socket), mode & 0o002 != 0 {
            findings.append(
                .init(
                    severity: .warning,
                    text: "every user of this host may use \(report.socket), and with it become root",
                    fix: nil,
                    next: ["Do `chmod o-rw \(report.socket)`"]
                )
            )
        }
        findings += report.missingNetworks.map { network in
            .init(
                severity: .error,
                text: "the network \(network) is gone: what runs in it is reached by nobody",
                fix: nil,
                next: [
                    "Start its services again with `teal deploy --force`, which makes it anew with the same addresses"
                ]
            )
        }
        self.findings = findings
    }

    init(_ error: ImageError) {
        name = "The engine that runs containers answers"
        var next = ImageWords.next(engine: error)
        if case .noEngine = error {
            next = ["Look at it with `systemctl status docker`, and start it; services that run as processes are fine"]
        }
        findings = [.init(severity: .error, text: ImageWords.text(engine: error), fix: nil, next: next)]
    }

    /// The rights on a file; nil where there is none.
    private static func mode(_ path: String) -> mode_t? {
        var facts = stat()
        return stat(path, &facts) == 0 ? facts.st_mode & 0o7777 : nil
    }
}
