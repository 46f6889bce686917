import Foundation

extension HostImage {
    /// Redis with its client, which keeps its data in `/data` and takes connections from its networks.
    package static let redis = HostImage(
        name: "teal-lab-redis:stack",
        programs: ["/usr/bin/redis-server", "/usr/bin/redis-cli"],
        entry: """
            #!/bin/sh
            set -eu
            # Nobody outside of its networks reaches it, and it has no password.
            [ "$1" = redis-server ] && set -- "$@" --protected-mode no
            exec "$@"

            """,
        user: ("redis", 999),
        directories: ["/data"],
        settings: ["WORKDIR /data", "EXPOSE 6379", "VOLUME /data", "CMD [\"redis-server\"]"]
    )

    /// PostgreSQL, of the newest version that is installed here.
    ///
    /// It reads the variables that the official images read: `POSTGRES_PASSWORD`, which is needed, `POSTGRES_USER`,
    /// `POSTGRES_DB` and `PGDATA`.
    ///
    /// - Throws: ``LabFailure`` when none is installed.
    package static func postgres() throws -> HostImage {
        let root = "/usr/lib/postgresql"
        // Not there: none is installed.
        let versions = ((try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []).compactMap { Int($0) }
        guard let version = versions.max() else { throw LabFailure("there is no \(root): apt-get install postgresql") }
        let (programs, modules) = ("\(root)/\(version)/bin", "\(root)/\(version)/lib")
        return HostImage(
            name: "teal-lab-postgres:stack",
            programs: ["postgres", "initdb", "pg_isready", "psql"].map { "\(programs)/\($0)" }
                // What every new cluster loads.
                + ["plpgsql", "dict_snowball"].map { "\(modules)/\($0).so" },
            folders: ["/usr/share/postgresql/\(version)"],
            entry: postgresEntry,
            user: ("postgres", 70),
            directories: [data, "/var/run/postgresql"],
            settings: [
                "ENV PATH=\(programs):/bin PGDATA=\(data)", "EXPOSE 5432", "VOLUME \(data)", "STOPSIGNAL SIGINT",
                "CMD [\"postgres\"]",
            ]
        )
    }

    private static let data = "/var/lib/postgresql/data"

    /// Makes the cluster and the database at the first start; the password is in no argument.
    private static let postgresEntry = """
        #!/bin/sh
        set -eu
        if [ ! -s "$PGDATA/PG_VERSION" ]; then
            if [ -z "${POSTGRES_PASSWORD:-}" ]; then
                echo "POSTGRES_PASSWORD is not set" >&2
                exit 1
            fi
            user=${POSTGRES_USER:-postgres}
            database=${POSTGRES_DB:-$user}
            umask 077
            printf '%s\\n' "$POSTGRES_PASSWORD" >/tmp/password
            initdb --username "$user" --pwfile /tmp/password --auth-local trust --auth-host scram-sha-256 \\
                --no-locale --encoding UTF8
            rm /tmp/password
            echo "host all all all scram-sha-256" >>"$PGDATA/pg_hba.conf"
            if [ "$database" != postgres ]; then
                echo "CREATE DATABASE \\"$database\\"" | postgres --single -D "$PGDATA" postgres >/dev/null
            fi
        fi
        exec "$@" -D "$PGDATA" -c listen_addresses=*

        """
}
