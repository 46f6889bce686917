import Glibc
import TealCore
import TealDriverKit
import TealNginxSite

/// The files that a table makes other than they are.
struct FileChange {
    /// What each file is to be, by path.
    let after: [String: [UInt8]]
    /// What each file is; nil for one that is not there.
    let before: [String: [UInt8]?]

    /// Works out what is to be written, and looks whether somebody else has written meanwhile.
    ///
    /// - Throws: ``SwitchError/refused(_:)`` when a file is not as Teal left it, or a site has no place for the service;
    ///   all such reasons at once.
    init(
        _ table: TrafficTable,
        _ include: NginxInclude,
        _ record: SwitchRecord,
        _ settings: NginxSettings,
        _ nginx: NginxProcess
    ) throws(SwitchError) {
        var after = [settings.include: Array(include.text.utf8)]
        var before: [String: [UInt8]?] = [:]
        var problems: [String] = []
        let own = try Self.read(settings.include)
        before[settings.include] = own
        if let own, !Self.isTeals(own, record.followed?.files[settings.include]?.bytes) {
            problems.append(
                "somebody else has changed \(settings.include), which is Teal's own: remove that file, and it is written anew"
            )
        }
        for traffic in table.services {
            guard let path = settings.sites[traffic.service].map(TextFile.resolved) else { continue }
            let onDisk = try Self.read(path)
            // A second service of the same file is written upon the first.
            guard let bytes = after[path] ?? onDisk else {
                problems.append("\(path), the site of \(traffic.service), is not there")
                continue
            }
            if before[path] == nil { before[path] = bytes }
            let site = SiteFile(bytes)
            let former = record.followed?.table.services.first { $0.service == traffic.service }
            switch SiteChange(site, traffic, former, path, settings.status).place() {
            case .failure(let problem): problems.append(problem.text)
            case .success(let place):
                if after[path] == nil, let written = record.followed?.files[path]?.bytes, written != bytes,
                    let problem = Self.objection(to: place, in: path, former, settings.status, nginx)
                {
                    problems.append(problem)
                    continue
                }
                after[path] = site.leading(place, to: traffic.targets.first?.endpoint ?? settings.status)
            }
        }
        guard problems.isEmpty else { throw .refused(problems.joined(separator: "; ")) }
        self.after = after
        self.before = before
    }

    /// A change that a crash has interrupted.
    init(_ pending: SwitchRecord.Pending) {
        after = pending.files.mapValues(\.bytes)
        before = pending.before.mapValues { $0?.bytes }
    }

    /// Writes the files; after a failure they are as before.
    func write() throws(SwitchError) {
        for (path, bytes) in after.sorted(by: { $0.key < $1.key }) {
            do throws(SwitchError) {
                // As late as can be: an editor may have saved since.
                guard try Self.read(path) == before[path] ?? nil else {
                    throw .refused("somebody else is changing \(path) just now: nothing of it has been overwritten")
                }
                do throws(TextFile.Fault) { try TextFile.replace(path, with: bytes) } catch { throw SwitchError(error) }
            } catch {
                takeBack()
                throw error
            }
        }
    }

    /// Whether a file of the change is as the change makes it.
    func isWritten(_ path: String) -> Bool {
        guard let bytes = after[path], let now = try? TextFile.read(path) else { return false }
        return now == bytes
    }

    /// Whether a file that the change makes another is as it was before.
    func isTakenBack(_ path: String) -> Bool {
        guard let old = before[path] ?? nil, old != after[path], let now = try? TextFile.read(path) else {
            return false
        }
        return now == old
    }

    /// Makes the files as they were, where they are as Teal wrote them.
    func takeBack() {
        for (path, bytes) in after {
            // Somebody else's change since then is theirs.
            guard let now = try? TextFile.read(path), now == bytes else { continue }
            guard let old = before[path] ?? nil else {
                // Nothing better is known than to leave it: nginx has not been told of it.
                try? TextFile.remove(path)
                continue
            }
            try? TextFile.replace(path, with: old)
        }
    }

    private static func read(_ path: String) throws(SwitchError) -> [UInt8]? {
        do throws(TextFile.Fault) { return try TextFile.read(path) } catch { throw .refused(error.text) }
    }

    /// Whether Teal's own file is as Teal wrote it; without a record, whether it says so.
    private static func isTeals(_ bytes: [UInt8], _ written: [UInt8]?) -> Bool {
        written.map { $0 == bytes } ?? bytes.starts(with: "# Written by Teal.".utf8)
    }

    /// Why a site that somebody else has changed cannot be gone on from; nil when nginx follows that change already and
    /// the place is as Teal wrote it.
    private static func objection(
        to place: SiteFile.Place,
        in path: String,
        _ former: ServiceTraffic?,
        _ vacancy: Endpoint,
        _ nginx: NginxProcess
    ) -> String? {
        let endpoint = former?.targets.first?.endpoint ?? vacancy
        let wrote = "\(endpoint)"
        // An adopted line is as somebody else wrote it.
        guard NginxSwitch.names(of: endpoint).contains(place.address) else {
            return
                "somebody else has led \(path):\(place.line) to \(place.address), where Teal had written \(wrote): write that again, or \(path) is not Teal's to switch"
        }
        if nginx.hasRead(path) { return nil }
        return
            "somebody else has changed \(path), and nginx does not follow that yet: test it with `nginx -t`, reload nginx, and try again"
    }
}

/// The place in a site that is a service's.
private struct SiteChange {
    let site: SiteFile
    let traffic: ServiceTraffic
    let former: ServiceTraffic?
    let path: String
    let vacancy: Endpoint

    struct Problem: Error {
        let text: String
    }

    init(_ site: SiteFile, _ traffic: ServiceTraffic, _ former: ServiceTraffic?, _ path: String, _ vacancy: Endpoint) {
        self.site = site
        self.traffic = traffic
        self.former = former
        self.path = path
        self.vacancy = vacancy
    }

    func place() -> Result<SiteFile.Place, Problem> {
        guard traffic.targets.count < 2, traffic.split == nil else {
            return .failure(
                Problem(
                    text:
                        "\(path) has room for one replica of \(traffic.service), not for \(traffic.targets.count): lead it to `http://$\(name)`, which Teal's own file has, and name it to Teal no more"
                )
            )
        }
        let targets = traffic.targets + (former?.targets ?? [])
        let known = targets.reduce(into: Set(["\(vacancy)"])) { $0.formUnion(NginxSwitch.names(of: $1.endpoint)) }
        do throws(SiteFile.Fault) {
            return .success(try site.place(of: known))
        } catch {
            return .failure(Problem(text: text(of: error)))
        }
    }

    private func text(of fault: SiteFile.Fault) -> String {
        switch fault {
        case .none: return "\(path) has no `proxy_pass http://address:port` and no `server address:port` of an upstream"
        case .several(let places):
            let lines = places.map { "line \($0.line) leads to \($0.address)" }.joined(separator: ", ")
            return "which line of \(path) is that of \(traffic.service)? \(lines): end it with the comment `# teal`"
        }
    }

    private var name: String { NginxText.name(of: traffic.service) }
}
