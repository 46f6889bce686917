import Foundation

/// A container of a lab's home, as the Engine shows it.
package struct LabContainer: Hashable, Sendable {
    package let id: String
    package let name: String
    /// The replica's name, such as `web-blue-0`; nil for a container that holds none.
    package let replica: String?
    package let isRunning: Bool
    /// Of its first process, as the host counts; 0 when it does not run.
    package let pid: Int32
    package let restartPolicy: String
    package let networks: [String]
    /// Its addresses in its networks, in the same order; none while it does not run.
    package let addresses: [String]
}

extension EngineSocket {
    /// The containers that carry a label with a value, running or not.
    package func containers(label: String) throws -> [LabContainer] {
        struct Listed: Decodable {
            let Id: String
        }
        let filter = "{\"label\":[\"\(label)\"]}"
        let encoded = filter.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
        let answer = try request("GET", "/containers/json?all=1&filters=\(encoded)")
        guard answer.status == 200 else { throw LabFailure("containers cannot be listed: \(answer.text)") }
        return try JSONDecoder().decode([Listed].self, from: answer.body).compactMap { try container($0.Id) }
    }

    /// Nil when it went meanwhile.
    package func container(_ id: String) throws -> LabContainer? {
        struct Inspected: Decodable {
            struct Config: Decodable {
                let Labels: [String: String]?
            }
            struct State: Decodable {
                let Running: Bool
                let Pid: Int32
            }
            struct HostConfig: Decodable {
                struct Policy: Decodable {
                    let Name: String
                }
                let RestartPolicy: Policy?
            }
            struct Settings: Decodable {
                struct Network: Decodable {
                    let IPAddress: String?
                }
                let Networks: [String: Network]?
            }
            let Id: String
            let Name: String
            let Config: Config
            let State: State
            let HostConfig: HostConfig
            let NetworkSettings: Settings
        }
        let answer = try request("GET", "/containers/\(id)/json")
        guard answer.status == 200 else { return nil }
        let seen = try JSONDecoder().decode(Inspected.self, from: answer.body)
        let labels = seen.Config.Labels ?? [:]
        let networks = (seen.NetworkSettings.Networks ?? [:]).sorted { $0.key < $1.key }
        let parts = ["teal.service", "teal.slot", "teal.replica"].compactMap { labels[$0] }
        return LabContainer(
            id: seen.Id,
            name: seen.Name.hasPrefix("/") ? String(seen.Name.dropFirst()) : seen.Name,
            replica: parts.count == 3 ? parts.joined(separator: "-") : nil,
            isRunning: seen.State.Running,
            pid: seen.State.Pid,
            restartPolicy: seen.HostConfig.RestartPolicy?.Name ?? "",
            networks: networks.map(\.key),
            addresses: networks.compactMap(\.value.IPAddress).filter { !$0.isEmpty }
        )
    }
}
