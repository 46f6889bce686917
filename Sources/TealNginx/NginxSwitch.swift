package import TealCore
package import TealDriverKit

/// Moves routes by an nginx that runs on this host: rewrites its files, tests them, reloads it, and looks whether it follows.
///
/// Its work is done on a thread of its own, one call after the other. What was written is recorded before nginx is told,
/// so that a start after a crash knows which of the two tables is in force.
package actor NginxSwitch: TrafficSwitch {
    /// How long one question to nginx may take.
    private static let askLimit = Duration.seconds(2)

    private let executor = QueueExecutor()
    package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    package nonisolated let settings: NginxSettings
    private nonisolated let probe: any HealthProbe
    /// Differs with every start of the driver: what it counts begins with it.
    let incarnation: String
    private let recordFile: RecordFile
    private(set) var loaded: SwitchRecord?
    /// Whether the record in memory is newer than the one on disk.
    private var isUnsaved = false
    var reader: LogReader
    var counted = LogCounters()

    /// - Parameters:
    ///   - settings: Where nginx and its files are.
    ///   - probe: Sends the requests through the public route.
    ///   - incarnation: A text that no start before has used.
    package init(_ settings: NginxSettings, probe: any HealthProbe, incarnation: String) {
        self.settings = settings
        self.probe = probe
        self.incarnation = incarnation
        recordFile = RecordFile(path: settings.stateDirectory + "/nginx.json")
        reader = LogReader(path: settings.log)
    }

    package func publish(_ table: TrafficTable) throws(SwitchError) { try publish(table, mustStore: true) }

    package func publishUnstored(_ table: TrafficTable) throws(SwitchError) { try publish(table, mustStore: false) }

    package func position() throws(SwitchError) -> TablePosition {
        let nginx = try running()
        let record = try record(of: nginx)
        switch ServedTable.ask(settings.status, within: Self.askLimit) {
        case .table(let served):
            if let untold = record.followed?.untold, untold.served == served { return record.position }
            return served.position
        case .refused where record.followed == nil || record.followed?.untold == .init(served: nil):
            return record.position
        case .refused: throw .unreachable(reason: Self.unserved(settings, "nothing listens there"))
        case .other(let reason): throw .unreachable(reason: Self.unserved(settings, reason))
        }
    }

    package nonisolated func request(
        _ expectation: HTTPExpectation,
        host: String?,
        within limit: Duration
    ) async -> ProbeResult {
        guard let door else {
            return .failed(.unreachable("no address of nginx for requests through the public route is known"))
        }
        var expectation = expectation
        if let host {
            expectation.headers = expectation.headers.filter { $0.key.lowercased() != "host" }
            expectation.headers["Host"] = host
        }
        let asked = await uncounted(expectation.path, host)
        let result = await probe.request(expectation, at: door, within: limit)
        // What was switched in between may have been answered by either.
        if let asked, await uncounted(expectation.path, host) == asked { await count(result, of: asked) }
        return result
    }

    package func publicEndpoint() -> Endpoint? { isRunning ? door : nil }

    package func internalEndpoint() -> Endpoint? { isRunning ? Self.endpoint(settings.internalListen.first) : nil }

    package nonisolated var servesNames: Bool { false }

    /// Where requests through the public route go.
    private nonisolated var door: Endpoint? {
        settings.probe ?? Self.endpoint(settings.listen.first) ?? Self.endpoint(settings.internalListen.first)
    }

    package func unheard() -> [UnheardPlace] {
        // Without a record nothing was published yet.
        let services = loaded?.followed?.table.services ?? []
        return services.compactMap { traffic in
            traffic.gateway.map { gateway in
                UnheardPlace(
                    project: "\(traffic.service.project)",
                    reason:
                        "\(gateway): nginx serves no names inside networks; \(traffic.service.service) is not found there"
                )
            }
        }
    }

    // MARK: Publishing

    private func publish(_ table: TrafficTable, mustStore: Bool) throws(SwitchError) {
        let nginx = try running()
        var record = try record(of: nginx)
        let include = try NginxInclude(table, settings, marksUpgraded: Self.marksUpgraded)
        if record.followed?.table == table {
            // Without its file it would follow the table only until its next reload.
            if !lacksItsFile, says(record.followed?.untold ?? .init(served: include.served)) {
                try saveAgain(mustStore)
                return
            }
        } else {
            try check(table.position, after: current(record))
            if let followed = untold(table, record, nginx) {
                record.note(table)
                record.followed = followed
                try save(record, mustStore)
                return
            }
        }
        let change = try FileChange(table, include, record, settings, nginx)
        record.note(table)
        record.pending = .init(
            table: table,
            files: change.after.mapValues(Bytes.init),
            before: change.before.mapValues { $0.map(Bytes.init) }
        )
        try save(record, mustStore)
        do throws(SwitchError) {
            try change.write()
            try test(change)
            try follow(include.served, change)
        } catch {
            record.pending = nil
            // The files are as before; a record that says more is put right at the next start as well.
            try? save(record, false)
            throw error
        }
        record.followed = .init(table: table, files: change.after.mapValues(Bytes.init))
        record.pending = nil
        // It is followed: a record that cannot be written now still says so, as what was pending.
        try? save(record, false)
    }

    /// nginx's own test; after a failure the files are as before.
    private func test(_ change: FileChange) throws(SwitchError) {
        let command = NginxCommand(program: settings.program, configuration: settings.configuration)
        let finding = command.test(lookingFor: settings.include, within: settings.testLimit)
        switch finding {
        case .fine(includesFile: true): return
        case .fine:
            change.takeBack()
            throw .refused(
                "\(settings.configuration) does not include \(settings.include): add `include \(settings.include);` inside `http`"
            )
        case .bad(let lines):
            change.takeBack()
            let said = lines.prefix(5).joined(separator: "; ")
            if case .bad = command.test(lookingFor: settings.include, within: settings.testLimit) {
                throw .refused("nginx's configuration is broken, without Teal's change as well: \(said)")
            }
            throw .refused("nginx refuses the change, its files are as before: \(said)")
        case .notRun(let reason):
            change.takeBack()
            throw .refused("nginx's configuration could not be tested, its files are as before: \(reason)")
        }
    }

    /// Reloads nginx and waits until it follows; after a failure it is told to go on with the files as before.
    private func follow(_ served: ServedTable, _ change: FileChange) throws(SwitchError) {
        let nginx: NginxProcess
        do throws(SwitchError) {
            nginx = try running()
        } catch {
            change.takeBack()
            throw error
        }
        let reload = NginxReload(nginx: nginx, status: settings.status)
        switch reload.perform(until: served, within: settings.confirmLimit) {
        case .followed: return
        case .denied(let reason):
            change.takeBack()
            throw .refused("nginx may not be told to reload, its files are as before: \(reason)")
        case .notFollowed(let reason):
            change.takeBack()
            // It may have been about to follow: this reload comes after that one.
            _ = reload.perform(until: nil, within: settings.confirmLimit)
            throw .unreachable(
                reason:
                    "nginx did not follow table \(served.position) within \(settings.confirmLimit), its files are as before: \(reason)"
            )
        }
    }

    /// The position that the next table has to come after.
    private func current(_ record: SwitchRecord) -> TablePosition {
        if let followed = record.followed { return followed.table.position }
        // A record that was lost: nginx still knows.
        guard case .table(let served) = ServedTable.ask(settings.status, within: Self.askLimit) else {
            return record.position
        }
        return served.position
    }

    private func check(_ next: TablePosition, after current: TablePosition) throws(SwitchError) {
        guard next.epoch >= current.epoch, next.version == current.version + 1 else { throw .stale(current: current) }
    }

    // MARK: Record

    /// The record, brought in line with what nginx follows after a crash in the middle of a publish.
    func record(of nginx: NginxProcess) throws(SwitchError) -> SwitchRecord {
        if let loaded { return loaded }
        var record: SwitchRecord
        do throws(RecordFault) {
            record = try recordFile.read()
        } catch {
            switch error {
            case .unreadable(let reason): throw .refused("what nginx was told is not known: \(reason)")
            case .newer(let format): throw .refused("a later Teal has written \(recordFile.path) (form \(format))")
            }
        }
        if let pending = record.pending {
            let include = try NginxInclude(pending.table, settings, marksUpgraded: Self.marksUpgraded)
            let change = FileChange(pending)
            // Where it was being taken back, in whatever order, a worker that is about to leave still answers for it.
            if case .table(include.served) = ServedTable.ask(settings.status, within: Self.askLimit),
                change.isWritten(settings.include), !change.after.keys.contains(where: change.isTakenBack)
            {
                record.followed = .init(table: pending.table, files: pending.files)
            } else {
                change.takeBack()
                _ = NginxReload(nginx: nginx, status: settings.status)
                    .perform(until: nil, within: settings.confirmLimit)
            }
            record.pending = nil
            try save(record, false)
        }
        loaded = record
        return record
    }

    /// Keeps a record, and stores it.
    ///
    /// - Parameters:
    ///   - record: The record.
    ///   - mustStore: Whether a record that cannot be stored is an error; else it is stored at the next call.
    /// - Throws: ``SwitchError/diskFull(path:)`` or ``SwitchError/notStored(_:)``.
    func save(_ record: SwitchRecord, _ mustStore: Bool) throws(SwitchError) {
        do throws(TextFile.Fault) {
            try recordFile.write(record)
            isUnsaved = false
        } catch {
            if mustStore { throw SwitchError(error) }
            isUnsaved = true
        }
        loaded = record
    }

    private func saveAgain(_ mustStore: Bool) throws(SwitchError) {
        if isUnsaved, let loaded { try save(loaded, mustStore) }
    }

    // MARK: Parts

    private var isRunning: Bool { (try? running()) != nil }

    /// The nginx that runs.
    func running() throws(SwitchError) -> NginxProcess {
        do throws(NginxProcess.Absence) {
            return try NginxProcess.find(pidFile: settings.pidFile)
        } catch {
            switch error {
            case .noFile(let reason): throw .unreachable(reason: "nginx does not run: \(reason)")
            case .gone(let pid):
                throw .unreachable(
                    reason:
                        "nginx does not run: \(settings.pidFile) names process \(pid.isEmpty ? "none" : pid), which is no nginx"
                )
            }
        }
    }

    static let marksUpgraded = !SocketTable.lacksIPv6

    static func unserved(_ settings: NginxSettings, _ reason: String) -> String {
        "nginx runs, and does not say at \(settings.status) which table it follows: \(reason)"
    }

    /// An address to reach a listener by from this host.
    private static func endpoint(_ listener: String?) -> Endpoint? {
        guard let listener, let colon = listener.lastIndex(of: ":"),
            let port = Int(listener[listener.index(after: colon)...])
        else { return nil }
        let host = listener[..<colon].filter { $0 != "[" && $0 != "]" }
        return switch host {
        case "0.0.0.0", "*": Endpoint(address: "127.0.0.1", port: port)
        case "::": Endpoint(address: "::1", port: port)
        default: Endpoint(address: host, port: port)
        }
    }
}

extension SwitchError {
    init(_ fault: TextFile.Fault) {
        switch fault {
        case .full(let path): self = .diskFull(path: path)
        case .failed, .tooLarge: self = .notStored(fault.text)
        }
    }
}
