import Glibc
package import TealCore
import TealDriverKit

/// Tables of which nginx need not be told, since it leads there already.
///
/// What runs already is taken over so: no file is written, and nginx is not reloaded. The next table that differs is told as
/// ever.
extension NginxSwitch {
    /// How long one question to nginx may take.
    private static let answerLimit = Duration.seconds(2)

    /// The table as it is followed already; nil when nginx has to be told of it.
    ///
    /// - Parameters:
    ///   - table: The next one.
    ///   - record: What nginx was told.
    ///   - nginx: Whose workers have read the files.
    /// - Returns: What to remember; nil unless all that differs from the table before are services that a site of their own
    ///   leads to, as it is and as nginx follows it.
    func untold(_ table: TrafficTable, _ record: SwitchRecord, _ nginx: NginxProcess) -> SwitchRecord.Followed? {
        let before = record.followed?.table.services ?? []
        let known = Dictionary(before.map { ($0.service, $0) }) { $1 }
        let present = Set(table.services.map(\.service))
        guard before.allSatisfy({ present.contains($0.service) }) else { return nil }
        let fresh = table.services.filter { known[$0.service] != $0 }
        // A table that only has another number is told as ever, unless the one before was not told either.
        guard !fresh.isEmpty || record.followed?.untold != nil, fresh.allSatisfy({ known[$0.service] == nil }) else {
            return nil
        }
        var files = record.followed?.files ?? [:]
        // What somebody else has changed meanwhile is looked at as ever.
        for traffic in before {
            guard let path = settings.sites[traffic.service].map(TextFile.resolved) else { continue }
            guard let written = files[path]?.bytes, (try? TextFile.read(path)) == written else { return nil }
        }
        for traffic in fresh {
            guard let path = settings.sites[traffic.service].map(TextFile.resolved), traffic.targets.count == 1,
                traffic.split == nil, NginxObjection.all(to: traffic, settings).isEmpty,
                let bytes = (try? TextFile.read(path)) ?? nil,
                let place = try? SiteFile(bytes).place(of: Self.names(of: traffic.targets[0].endpoint)),
                Self.names(of: traffic.targets[0].endpoint).contains(place.address), nginx.hasRead(path)
            else { return nil }
            // Another service of the same file was written there, or is to be.
            if let written = files[path]?.bytes, written != bytes { return nil }
            files[path] = Bytes(bytes)
        }
        if let untold = record.followed?.untold {
            guard says(untold) else { return nil }
            return .init(table: table, files: files, untold: untold)
        }
        switch ServedTable.ask(settings.status, within: Self.answerLimit) {
        case .refused where record.followed == nil && access(settings.include, F_OK) != 0:
            return .init(table: table, files: files, untold: .init(served: nil))
        case .table(let served) where served.position == record.followed?.table.position:
            return .init(table: table, files: files, untold: .init(served: served))
        default: return nil
        }
    }

    /// Whether nginx says now what it is to say.
    func says(_ untold: SwitchRecord.Untold) -> Bool {
        switch ServedTable.ask(settings.status, within: Self.answerLimit) {
        case .table(let served): untold.served == served
        case .refused: untold.served == nil
        case .other: false
        }
    }

    /// The ways in which a site may write an address of this host.
    static func names(of endpoint: Endpoint) -> Set<String> {
        var names: Set<String> = ["\(endpoint)"]
        if ["127.0.0.1", "::1"].contains(endpoint.address) { names.insert("localhost:\(endpoint.port)") }
        return names
    }

    /// Where the one line of a service's own site leads, by the address that is looked for where there are several.
    ///
    /// - Parameters:
    ///   - service: Whose.
    ///   - endpoints: Where it may lead.
    /// - Returns: Nil for a service without a site of its own.
    package func line(of service: ServiceKey, knowing endpoints: [Endpoint]) -> SiteLine? {
        guard let path = settings.sites[service].map(TextFile.resolved) else { return nil }
        let bytes: [UInt8]
        do throws(TextFile.Fault) {
            guard let found = try TextFile.read(path) else { return SiteLine(path, obstacle: "it is not there") }
            bytes = found
        } catch {
            return SiteLine(path, obstacle: error.text)
        }
        let place: SiteFile.Place
        do throws(SiteFile.Fault) {
            place = try SiteFile(bytes).place(of: endpoints.reduce(into: []) { $0.formUnion(Self.names(of: $1)) })
        } catch {
            switch error {
            case .none: return SiteLine(path, obstacle: "it has no `proxy_pass http://address:port`")
            case .several(let places):
                let lines = places.map { "line \($0.line) leads to \($0.address)" }.joined(separator: ", ")
                return SiteLine(path, obstacle: "\(lines): end the one that is meant with the comment `# teal`")
            }
        }
        guard let nginx = try? running() else { return SiteLine(path, place, obstacle: "nginx does not run") }
        guard nginx.hasRead(path) else {
            return SiteLine(
                path,
                place,
                obstacle: "nginx does not follow it yet: it was changed since nginx was reloaded"
            )
        }
        return SiteLine(path, place, obstacle: nil)
    }
}

/// The one line of a site that leads to a service.
package struct SiteLine: Hashable, Sendable {
    package let path: String
    /// From 1; nil when no line could be chosen.
    package let line: Int?
    /// As it is written; nil when no line could be chosen.
    package let address: String?
    /// Why it cannot be gone by, in a clause; nil when it can.
    package let obstacle: String?

    init(_ path: String, _ place: SiteFile.Place? = nil, obstacle: String?) {
        self.path = path
        line = place?.line
        address = place?.address
        self.obstacle = obstacle
    }
}

extension NginxProcess {
    /// Whether its workers were started after a file was written last, and so go by it as it is.
    func hasRead(_ path: String) -> Bool {
        var facts = stat()
        guard stat(path, &facts) == 0 else { return false }
        let changed = Double(facts.st_mtim.tv_sec) + Double(facts.st_mtim.tv_nsec) / 1e9
        guard let began = workers().filter({ !$0.isLeaving }).map({ Self.wallSeconds(began: $0.began) }).min() else {
            return false
        }
        return began > changed
    }
}
