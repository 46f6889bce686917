/// What is spoken at a port by its number, where that is not HTTP: the proxy takes no such port over.
///
/// Numbers of the service name and port number registry (RFC 6335), and the usual ones of common programs.
enum KnownProtocol {
    private static let names: [Int: String] = [
        20: "FTP", 21: "FTP", 22: "SSH", 23: "Telnet", 25: "SMTP", 53: "DNS", 69: "TFTP", 88: "Kerberos", 110: "POP3",
        111: "RPC", 119: "NNTP", 123: "NTP", 135: "RPC", 139: "SMB", 143: "IMAP", 161: "SNMP", 179: "BGP", 389: "LDAP",
        445: "SMB", 465: "SMTP", 500: "IKE", 514: "syslog", 587: "SMTP", 636: "LDAP", 853: "DNS", 873: "rsync",
        990: "FTP", 993: "IMAP", 995: "POP3", 1080: "SOCKS", 1194: "OpenVPN", 1433: "SQL Server", 1521: "Oracle",
        1883: "MQTT", 2049: "NFS", 2181: "ZooKeeper", 3306: "MySQL", 3389: "RDP", 3478: "STUN", 4190: "ManageSieve",
        4222: "NATS", 5060: "SIP", 5061: "SIP", 5222: "XMPP", 5269: "XMPP", 5349: "STUN", 5432: "PostgreSQL",
        5671: "AMQP", 5672: "AMQP", 5900: "VNC", 6379: "Redis", 6432: "PostgreSQL", 6667: "IRC", 8883: "MQTT",
        9042: "Cassandra", 9092: "Kafka", 11211: "Memcached", 25565: "Minecraft", 26257: "CockroachDB",
        27017: "MongoDB", 51820: "WireGuard",
    ]

    /// The protocol of a port, of the container or, where that says nothing, of the host; nil for one that may be HTTP.
    static func name(of port: ComposePort, published: Int?) -> String? {
        if let name = names[port.target] ?? published.flatMap({ names[$0] }) { return name }
        guard let own = port.applicationProtocol?.lowercased(), !own.isEmpty else { return nil }
        return ["http", "http1", "ws"].contains(own) ? nil : own
    }
}
