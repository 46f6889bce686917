import Foundation

/// Containers of the lab's home.
extension Lab {
    /// What carries this home's mark, running or not; none while the engine does not answer.
    package var containers: [LabContainer] {
        guard let socket = runtime.socket, let mark else { return [] }
        return (try? socket.containers(label: "teal.home=\(mark)")) ?? []  // as said above
    }

    /// The container of a replica, such as `web-blue-0`.
    package func container(_ replica: String) throws -> LabContainer {
        guard let found = containers.first(where: { $0.replica == replica }) else {
            throw LabFailure("there is no container of \(replica)")
        }
        return found
    }

    /// What a person would do with `docker`: `POST /containers/<id>/<act>`.
    package func act(_ act: String, on container: LabContainer) throws {
        guard let socket = runtime.socket else { throw LabFailure("there is no engine") }
        let answer = try socket.request("POST", "/containers/\(container.id)/\(act)")
        guard (200..<400).contains(answer.status) else { throw LabFailure("\(act): \(answer.text)") }
    }

    /// Removes a container by force, as a person would.
    package func remove(_ container: LabContainer) throws {
        guard let socket = runtime.socket else { throw LabFailure("there is no engine") }
        let answer = try socket.request("DELETE", "/containers/\(container.id)?force=1")
        guard (200..<300).contains(answer.status) else { throw LabFailure("rm -f: \(answer.text)") }
    }

    /// Takes a container out of all its networks, as a person would.
    package func disconnect(_ container: LabContainer) throws {
        guard let socket = runtime.socket else { throw LabFailure("there is no engine") }
        for network in container.networks {
            let body = Data("{\"Container\":\"\(container.id)\",\"Force\":true}".utf8)
            let answer = try socket.request("POST", "/networks/\(network)/disconnect", body: body)
            guard (200..<300).contains(answer.status) else { throw LabFailure("disconnect: \(answer.text)") }
        }
    }

    /// What `docker system prune -f` does, and with `images` also `docker image prune -a -f`.
    ///
    /// - Returns: How many containers and images went.
    package func pruneByHand(images: Bool) throws -> (containers: Int, images: Int) {
        guard let socket = runtime.socket else { throw LabFailure("there is no engine") }
        struct Pruned: Decodable {
            struct Image: Decodable {
                let Deleted: String?
            }
            let ContainersDeleted: [String]?
            let ImagesDeleted: [Image]?
        }
        func prune(_ what: String, _ filter: String = "{}") throws -> Pruned {
            let encoded = filter.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
            let answer = try socket.request("POST", "/\(what)/prune?filters=\(encoded)")
            guard answer.status == 200 else { throw LabFailure("prune of \(what): \(answer.text)") }
            return try JSONDecoder().decode(Pruned.self, from: answer.body)
        }
        let containers = try prune("containers").ContainersDeleted?.count ?? 0
        _ = try prune("networks")
        let gone = try prune("images", "{\"dangling\":{\"\(!images)\":true}}").ImagesDeleted ?? []
        return (containers, gone.compactMap(\.Deleted).count)
    }

    /// What lacks of the replicas that are to run, and which run besides.
    func containersOut(of places: Set<String>) -> [String] {
        let running = running
        return places.subtracting(running).sorted().map { "no container of \($0) runs" }
            + running.subtracting(places).sorted().map { "a container of \($0) runs" }
    }

    /// Takes everything of this home from the engine.
    func removeContainers() {
        guard let socket = runtime.socket, let mark else { return }
        for container in containers {
            // What does not go now goes with its engine.
            _ = try? socket.request("DELETE", "/containers/\(container.id)?force=1&v=1")
        }
        let filter = "{\"label\":[\"teal.home=\(mark)\"]}"
        let encoded = filter.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
        _ = try? socket.request("POST", "/networks/prune?filters=\(encoded)")  // as above
    }

    /// The home's name on its engine; nil before anything was asked of one.
    private var mark: String? {
        (try? String(contentsOfFile: home + "/docker/id", encoding: .utf8))?
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
