import Foundation
import TealLab

/// Containers of the sample service that somebody made by hand, before Teal was there.
struct HandMade {
    let socket: EngineSocket

    init(_ socket: EngineSocket) throws {
        self.socket = socket
        try SampleImage.build(on: socket)
    }

    /// Makes a network, as `docker network create` does.
    func network(_ name: String, labels: [String: String] = [:]) throws {
        let body: [String: Any] = ["Name": name, "Driver": "bridge", "Labels": labels]
        try ask("POST", "/networks/create", body)
    }

    /// Makes and starts a container of the sample service.
    ///
    /// - Parameters:
    ///   - name: Its name.
    ///   - version: What it says of itself.
    ///   - port: The port of the host that leads to it; nil for none.
    ///   - address: The host's address at which that is open.
    ///   - network: The network that it is in.
    ///   - variables: Further variables.
    ///   - labels: Its labels.
    /// - Returns: Its id.
    /// - Throws: ``LabFailure`` with the engine's words.
    func start(
        _ name: String,
        version: String,
        port: Int? = nil,
        at address: String = "127.0.0.1",
        network: String,
        variables: [String: String] = [:],
        labels: [String: String] = [:]
    ) throws -> String {
        let all = ["SAMPLE_VERSION": version, "HOST": "0.0.0.0", "PORT": "8080"].merging(variables) { $1 }
        var host: [String: Any] = ["NetworkMode": network, "RestartPolicy": ["Name": "always"]]
        if let port { host["PortBindings"] = ["8080/tcp": [["HostIp": address, "HostPort": "\(port)"]]] }
        let body: [String: Any] = [
            "Image": SampleImage.name, "Env": all.map { "\($0.key)=\($0.value)" }.sorted(), "Labels": labels,
            "ExposedPorts": ["8080/tcp": [String: String]()], "HostConfig": host,
        ]
        let made = try ask("POST", "/containers/create?name=\(name)", body)
        struct Made: Decodable {
            let Id: String
        }
        let id = try JSONDecoder().decode(Made.self, from: made).Id
        try ask("POST", "/containers/\(id)/start", [:])
        return id
    }

    func stop(_ id: String) throws { try ask("POST", "/containers/\(id)/stop?t=3", [:]) }

    /// What must stay as it is: when it was started, its name and its labels.
    func identity(_ id: String) throws -> String {
        struct Inspected: Decodable {
            struct State: Decodable {
                let StartedAt: String
                let Status: String
            }
            struct Config: Decodable {
                let Labels: [String: String]?
            }
            let Id: String
            let Name: String
            let State: State
            let Config: Config
        }
        let answer = try socket.request("GET", "/containers/\(id)/json")
        guard answer.status == 200 else { throw LabFailure("\(id) is gone: \(answer.text)") }
        let seen = try JSONDecoder().decode(Inspected.self, from: answer.body)
        let labels = (seen.Config.Labels ?? [:]).map { "\($0.key)=\($0.value)" }.sorted().joined(separator: " ")
        return "\(seen.Id) \(seen.Name) \(seen.State.StartedAt) \(seen.State.Status) \(labels)"
    }

    @discardableResult
    private func ask(_ method: String, _ target: String, _ body: [String: Any]) throws -> Data {
        let data = try JSONSerialization.data(withJSONObject: body)
        let answer = try socket.request(method, target, body: data)
        guard (200..<300).contains(answer.status) || answer.status == 304 else {
            throw LabFailure("\(method) \(target): \(answer.text)")
        }
        return answer.body
    }
}
