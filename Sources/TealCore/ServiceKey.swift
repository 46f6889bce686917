/// One service of one project on a host: what locks, routes and slots belong to.
package struct ServiceKey: Hashable, Sendable, Comparable, Codable, CustomStringConvertible {
    package let project: ProjectName
    package let service: ServiceName

    package init(project: ProjectName, service: ServiceName) {
        self.project = project
        self.service = service
    }

    /// `project/service`.
    package var description: String { "\(project)/\(service)" }

    package static func < (one: Self, other: Self) -> Bool {
        (one.project, one.service) < (other.project, other.service)
    }
}
