import TealCore
import TealDriverKit

/// Makes and finds the networks of projects, one bridge each.
struct ProjectNetworks: Sendable {
    /// How many free ranges are tried when the Engine refuses one: it knows of networks that nobody else sees.
    private static let triesMax = 16

    let client: EngineClient
    let home: DockerHome
    let pool: String

    /// The record of a project's network; nil before one was made.
    func record(of project: ProjectName) throws(RuntimeError) -> NetworkRecord? {
        try home.read(home.file(of: project))
    }

    /// The network of a project, made when it is not there.
    ///
    /// A network that was removed, by `docker system prune` or by hand, is made again with the same range.
    ///
    /// - Parameters:
    ///   - project: Whose it is.
    ///   - apart: Whether its members are to reach the host alone, and not each other; nil for as it is.
    /// - Returns: What is remembered of it, and what the Engine says.
    /// - Throws: ``RuntimeError/refused(_:)`` when no range is free, or it keeps apart what is to meet.
    func ensure(
        _ project: ProjectName,
        apart: Bool? = nil
    ) async throws(RuntimeError) -> (record: NetworkRecord, facts: NetworkFacts) {
        let own = try home.id()
        let recorded = try record(of: project)
        for name in names(for: project, own, recorded) {
            guard let facts = try await asked({ () async throws(DockerError) in try await client.network(name) }) else {
                return try await make(project, name, recorded, apart: apart)
            }
            guard facts.labels[ContainerLabels.home] == own,
                facts.labels[ContainerLabels.project] == project.description,
                let subnet = facts.subnets.first(where: { $0.length == AddressBook.prefixLength })
            else { continue }
            guard !facts.keepsApart || apart != false else { throw Self.isApart(project, name) }
            var record = recorded ?? NetworkRecord(name: name, subnet: subnet)
            record.keepsApart = facts.keepsApart
            if record.name != name || record.subnet != subnet || record.keepsApart != recorded?.keepsApart {
                record.name = name
                record.subnet = subnet
                try home.write(record, to: home.file(of: project))
            }
            return (record, facts)
        }
        throw .refused("every name for the network of \(project) belongs to something else")
    }

    private static func isApart(_ project: ProjectName, _ name: String) -> RuntimeError {
        .refused(
            """
            the network \(name) was made for services of a Compose file alone and keeps them apart; stop what runs of \
            \(project), remove it with `docker network rm \(name)`, and deploy all of \(project) again
            """
        )
    }

    private func names(for project: ProjectName, _ own: String, _ recorded: NetworkRecord?) -> [String] {
        let all = ["teal-\(project)", "teal-\(project)-\(own.prefix(8))"]
        guard let recorded else { return all }
        return [recorded.name] + all.filter { $0 != recorded.name }
    }

    private func make(
        _ project: ProjectName,
        _ name: String,
        _ recorded: NetworkRecord?,
        apart: Bool?
    ) async throws(RuntimeError) -> (record: NetworkRecord, facts: NetworkFacts) {
        var problem = "no range of \(pool) is free"
        for subnet in try await subnets(recorded).prefix(Self.triesMax) {
            var record = recorded ?? NetworkRecord(name: name, subnet: subnet)
            record.name = name
            record.subnet = subnet
            // One that is made again is as it was; Podman has no such option.
            let keepsApart = (apart ?? recorded?.keepsApart ?? false) && !client.isPodman
            record.keepsApart = keepsApart
            // First the record: an address of this range may be given from now on.
            try home.write(record, to: home.file(of: project))
            let body = try Self.body(record, project, own: home.id())
            do throws(DockerError) {
                let id = try await client.createNetwork(body)
                guard let facts = try await client.network(id) else {
                    throw .unreadable(call: "create network", reason: "the new network is not there")
                }
                return (record, facts)
            } catch {
                // Docker says that it overlaps, Podman that it is used already.
                guard let message = error.message,
                    ["overlap", "already used"].contains(where: message.lowercased().contains)
                else {
                    throw error.asRuntime
                }
                problem = message
            }
        }
        throw .refused("the network of \(project) cannot be made: \(problem)")
    }

    /// The recorded range first, then what is free now.
    private func subnets(_ recorded: NetworkRecord?) async throws(RuntimeError) -> [IPv4Prefix] {
        guard let pool = IPv4Prefix(parsing: pool), (8...AddressBook.prefixLength).contains(pool.length) else {
            throw .refused("'\(self.pool)' is no pool of networks; write an IPv4 range such as 10.213.0.0/16")
        }
        let networks = try await asked { () async throws(DockerError) in try await client.networks() }
        let others = otherSubnets(but: recorded)
        let free = SubnetChoice.free(
            in: pool,
            taken: SubnetChoice.hostRoutes() + networks.flatMap(\.subnets) + others
        )
        return (recorded.map { [$0.subnet] } ?? []) + free.filter { $0 != recorded?.subnet }
    }

    /// Ranges of this home's other projects, whose networks may be gone for a while.
    private func otherSubnets(but recorded: NetworkRecord?) -> [IPv4Prefix] {
        DurableFile.names(in: home.networks).compactMap { name in
            guard let project = try? ProjectName(parsing: name), let record = try? record(of: project) else {
                return nil
            }
            return record.name == recorded?.name ? nil : record.subnet
        }
    }

    static func body(_ record: NetworkRecord, _ project: ProjectName, own: String) -> JSONValue {
        let book = AddressBook(subnet: record.subnet)
        let range: JSONValue = [
            "Subnet": .string("\(record.subnet)"),
            "Gateway": .string("\(book.gateway)"),
            "IPRange": .string("\(book.dynamic)"),
        ]
        let options = record.keepsApart ?? false ? [NetworkFacts.apartOption: "false"] : [:]
        return [
            "Name": .string(record.name),
            "Driver": "bridge",
            "Options": JSONValue(options),
            "CheckDuplicate": true,
            // Names lead to the gateway's IPv4 address alone, whatever the engine's default for new networks.
            "EnableIPv6": false,
            "Labels": [ContainerLabels.home: .string(own), ContainerLabels.project: .string(project.description)],
            "IPAM": ["Driver": "default", "Config": [range]],
        ]
    }
}
