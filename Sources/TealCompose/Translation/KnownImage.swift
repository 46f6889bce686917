package import TealCore

/// Images whose containers keep data, and how each is asked whether it is ready.
package struct KnownImage: Sendable {
    /// The last part of the repository's name, without a registry and a tag.
    let names: Set<String>
    /// The protocol that it is asked in from outside; nil where Teal does not speak it.
    package let store: StoreProtocol.Name?
    /// Ends with 0 once it answers in its own protocol; nil where the image brings no client along.
    let command: [String]?

    static let all: [KnownImage] = [
        .init(
            [
                "postgres", "postgresql", "postgis", "timescaledb", "timescaledb-ha", "pgvector", "postgresql-repmgr",
                "postgres-ssl", "supabase-postgres",
            ],
            ["pg_isready", "--quiet"],
            .postgres
        ),
        .init(["mysql"], ["mysqladmin", "ping", "--silent"]),
        .init(
            ["mariadb"],
            ["sh", "-c", "mariadb-admin ping --silent 2>/dev/null || mysqladmin ping --silent"]
        ),
        // One that wants a password is ready too.
        .init(
            ["redis", "redis-stack", "redis-stack-server"],
            ["sh", "-c", "redis-cli ping | grep -q -e PONG -e NOAUTH"],
            .redis
        ),
        .init(["valkey", "valkey-bundle"], ["sh", "-c", "valkey-cli ping | grep -q -e PONG -e NOAUTH"], .redis),
        .init(["keydb"], ["sh", "-c", "keydb-cli ping | grep -q -e PONG -e NOAUTH"], .redis),
        .init(["dragonfly"], nil, .redis),
        .init(
            ["mongo", "mongodb"],
            [
                "sh", "-c",
                "mongosh --quiet --eval 'db.adminCommand(\"ping\").ok' 2>/dev/null || mongo --quiet --eval 'db.adminCommand(\"ping\").ok'",
            ]
        ),
        .init(["rabbitmq"], ["rabbitmq-diagnostics", "-q", "ping"]),
        .init(["elasticsearch", "opensearch", "kafka", "zookeeper", "cassandra", "clickhouse-server"], nil),
        .init(["minio", "nats", "etcd", "consul", "vault", "influxdb", "couchdb", "neo4j", "memcached"], nil),
        .init(["mssql", "server", "cockroach", "meilisearch", "typesense", "qdrant", "weaviate", "milvus"], nil),
    ]

    private init(_ names: Set<String>, _ command: [String]?, _ store: StoreProtocol.Name? = nil) {
        self.names = names
        self.store = store
        self.command = command
    }

    /// The one that an image's name means; nil for any other.
    package static func of(_ image: String?) -> KnownImage? {
        guard let image, let reference = ImageReference(parsing: image) else { return nil }
        let parts = reference.repository.split(separator: "/")
        guard let last = parts.last.map(String.init) else { return nil }
        // `server` alone says nothing: only SQL Server's is meant.
        if last == "server", !parts.contains("mssql") { return nil }
        return all.first { $0.names.contains(last) }
    }

    /// The protocol that a server of such an image is asked in, unless its command may have moved it to another port.
    ///
    /// - Parameters:
    ///   - command: The command as it is written; nil for the image's own.
    ///   - environment: Its variables as they are written.
    /// - Returns: Nil for a store whose protocol Teal does not speak, too.
    package func store(command: [String]?, environment: [String: String]) -> StoreProtocol? {
        let isMoved = (command ?? []).contains { word in
            word == "-p" || ["port", "tls"].contains { word.lowercased().contains($0) }
        }
        guard let store, !isMoved, environment["PGPORT"] == nil else { return nil }
        return StoreProtocol(store, environment: environment)
    }
}
