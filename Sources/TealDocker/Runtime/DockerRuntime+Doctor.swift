import TealCore
package import TealDriverKit

/// What a look at the whole host needs to know.
extension DockerRuntime {
    /// Whether any place is on record here; answers without the Engine.
    package var isUsed: Bool { !home.allPlaces().isEmpty }

    /// The networks of projects with places on record that are not there any more, ascending.
    package func missingNetworks() async throws(DockerError) -> [String] {
        var missing: [String] = []
        for project in Set(home.allPlaces().map(\.service.project)).sorted() {
            // A record that cannot be read is told by whoever needs it.
            guard let record = try? networks.record(of: project) else { continue }
            if try await client.network(record.name) == nil { missing.append(record.name) }
        }
        return missing
    }

    /// Labels and arguments, which `docker ps` and `docker inspect` show; the environment is the Engine's own record.
    package func shownRecords() async throws(RuntimeError) -> [ShownRecord] {
        guard isUsed else { return [] }
        let labels = [ContainerLabels.home: try home.id()]
        var found = try await asked { () async throws(DockerError) in try await containers(labelled: labels) }
        for place in placesOfAdopted().values.sorted() {
            if let own = try await adoptedContainer(in: place) { found.append(own) }
        }
        return found.flatMap { container in
            [
                ShownRecord(
                    place: "the labels of \(container.name)",
                    text: container.labels.map { "\($0)=\($1)" }.sorted().joined(separator: "\n")
                ),
                ShownRecord(
                    place: "the arguments of \(container.name)",
                    text: container.arguments.joined(separator: "\n")
                ),
            ]
        }
    }
}
