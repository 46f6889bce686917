import TealCore

/// Images whose containers keep data, and how each is asked whether it is ready.
struct KnownImage: Sendable {
    /// The last part of the repository's name, without a registry and a tag.
    let names: Set<String>
    /// Ends with 0 once it answers in its own protocol; nil where the image brings no client along.
    let command: [String]?

    static let all: [KnownImage] = [
        .init(["postgres", "postgis", "timescaledb", "timescaledb-ha", "pgvector"], ["pg_isready", "--quiet"]),
        .init(["mysql"], ["mysqladmin", "ping", "--silent"]),
        .init(
            ["mariadb"],
            ["sh", "-c", "mariadb-admin ping --silent 2>/dev/null || mysqladmin ping --silent"]
        ),
        // One that wants a password is ready too.
        .init(
            ["redis", "redis-stack", "redis-stack-server"],
            ["sh", "-c", "redis-cli ping | grep -q -e PONG -e NOAUTH"]
        ),
        .init(["valkey"], ["sh", "-c", "valkey-cli ping | grep -q -e PONG -e NOAUTH"]),
        .init(["keydb"], ["sh", "-c", "keydb-cli ping | grep -q -e PONG -e NOAUTH"]),
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

    private init(_ names: Set<String>, _ command: [String]?) {
        self.names = names
        self.command = command
    }

    /// The one that an image's name means; nil for any other.
    static func of(_ image: String?) -> KnownImage? {
        guard let image, let reference = ImageReference(parsing: image) else { return nil }
        let parts = reference.repository.split(separator: "/")
        guard let last = parts.last.map(String.init) else { return nil }
        // `server` alone says nothing: only SQL Server's is meant.
        if last == "server", !parts.contains("mssql") { return nil }
        return all.first { $0.names.contains(last) }
    }
}
