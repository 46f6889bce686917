/// What the Engine says of a network (`GET /networks/{id}`).
struct NetworkFacts: Sendable {
    let id: String
    let name: String
    let driver: String
    let labels: [String: String]
    /// Whether its members do not reach each other.
    let keepsApart: Bool
    /// Its IPv4 ranges.
    let subnets: [IPv4Prefix]
    let gateway: IPv4Address?
    /// The addresses of the containers that are in it now, by the container's id.
    let members: [String: IPv4Address]

    /// The option of a bridge that lets its members reach each other.
    static let apartOption = "com.docker.network.bridge.enable_icc"

    /// - Returns: Nil for what is no network.
    init?(_ json: JSONValue) {
        guard let id = json["Id"].string, let name = json["Name"].string else { return nil }
        self.id = id
        self.name = name
        driver = json["Driver"].string ?? ""
        labels = json["Labels"].object.compactMapValues(\.string)
        keepsApart = json["Options"][Self.apartOption].string == "false"
        let ranges = json["IPAM"]["Config"].array
        subnets = ranges.compactMap { $0["Subnet"].string.flatMap { IPv4Prefix(parsing: $0) } }
        gateway = ranges.compactMap { $0["Gateway"].string.flatMap { IPv4Address(parsing: $0) } }.first
        members = json["Containers"].object.compactMapValues { member in
            member["IPv4Address"].string.flatMap { $0.split(separator: "/").first }.flatMap { IPv4Address(parsing: $0) }
        }
    }
}
