import Foundation
import TealTestSupport

/// Images that begin as the official ones of their programs do, made of what is installed here.
///
/// Each begins as root, makes its directories its own, becomes another user with what that needs, and goes on as that one.
struct OfficialImage: Sendable {
    let script: String
    /// Instructions as in a Dockerfile.
    let changes: [String]
    let furnish: String

    static let missing = "nginx, redis-server and postgresql are not installed"
    static let isThere =
        ProcessInfo.processInfo.environment["TEAL_REQUIRE_SERVICES"] == "1"
        || (Shell.has("nginx") && Shell.has("redis-server") && Shell.has("redis-cli") && Shell.has("setpriv")
            && postgreSQL != nil)

    /// Puts the image on the engine.
    ///
    /// - Returns: Its ID.
    func load(_ fixture: Fixture) async throws -> String {
        try await LabImage(script: "#!/bin/sh\n\(script)\n", changes: changes, furnish: furnish).load(fixture)
    }

    /// A web server that starts its workers as another user; logs and temporary files are where its official image has them.
    static let nginx = OfficialImage(
        script: "exec /usr/sbin/nginx -g 'daemon off;'",
        changes: ["EXPOSE 80"],
        furnish: """
            add /usr/sbin/nginx
            echo 'nginx:x:101:101::/:/bin/false' >> "$tree/etc/passwd"; echo 'nginx:x:101:' >> "$tree/etc/group"
            mkdir -p "$tree/run" "$tree/var/cache/nginx" "$tree/var/log/nginx" "$tree/etc/nginx"
            ln -s /run "$tree/var/run"
            ln -s /dev/stdout "$tree/var/log/nginx/access.log"; ln -s /dev/stderr "$tree/var/log/nginx/error.log"
            cat > "$tree/etc/nginx/nginx.conf" <<'END'
            user nginx;
            worker_processes 2;
            error_log /var/log/nginx/error.log notice;
            pid /run/nginx.pid;
            events {}
            http {
                access_log /var/log/nginx/access.log;
                client_body_temp_path /var/cache/nginx/client_temp;
                proxy_temp_path /var/cache/nginx/proxy_temp;
                fastcgi_temp_path /var/cache/nginx/fastcgi_temp;
                uwsgi_temp_path /var/cache/nginx/uwsgi_temp;
                scgi_temp_path /var/cache/nginx/scgi_temp;
                server { listen 80; location / { return 200 "hello"; } }
            }
            END
            """
    )

    /// Redis as its image has begun since version 8: it also gives up every right that it could have had.
    static let redis = OfficialImage(
        script: """
            cd /data
            if [ "$(id -u)" = 0 ]; then
                find . ! -user redis -exec chown redis '{}' +
                exec /usr/bin/setpriv --reuid redis --regid redis --clear-groups --nnp --inh-caps=-all \
                    --ambient-caps=-all --bounding-set=-all "$0" "$@"
            fi
            exec /usr/bin/redis-server --bind 0.0.0.0 --protected-mode no
            """,
        changes: ["VOLUME /data", "EXPOSE 6379"],
        furnish: """
            add /usr/bin/redis-server /usr/bin/setpriv
            echo 'redis:x:999:998::/data:/bin/sh' >> "$tree/etc/passwd"; echo 'redis:x:998:' >> "$tree/etc/group"
            """
    )

    /// PostgreSQL, which makes its files at the first start.
    static let postgres = OfficialImage(
        script: """
            set -e
            if [ "$(id -u)" = 0 ]; then
                mkdir -p "$PGDATA"; chmod 00700 "$PGDATA" || :
                mkdir -p /var/run/postgresql; chmod 03775 /var/run/postgresql || :
                find "$PGDATA" ! -user postgres -exec chown postgres '{}' +
                find /var/run/postgresql ! -user postgres -exec chown postgres '{}' +
                exec /usr/bin/setpriv --reuid postgres --regid postgres --clear-groups "$0" "$@"
            fi
            if [ ! -s "$PGDATA/PG_VERSION" ]; then
                \(postgreSQL ?? "")/bin/initdb --username postgres --auth trust
                echo 'host all all all trust' >> "$PGDATA/pg_hba.conf"
            fi
            exec \(postgreSQL ?? "")/bin/postgres -c listen_addresses='*'
            """,
        changes: [
            "ENV PGDATA=/var/lib/postgresql/data", "VOLUME /var/lib/postgresql/data", "EXPOSE 5432",
        ],
        furnish: """
            add '\(postgreSQL ?? "")/bin/postgres' '\(postgreSQL ?? "")/bin/initdb' /usr/bin/setpriv
            add '\(postgreSQL ?? "")/lib' '\(postgreSQL?.replacing("/lib/", with: "/share/") ?? "")' /usr/share/zoneinfo
            echo 'postgres:x:70:70::/var/lib/postgresql:/bin/sh' >> "$tree/etc/passwd"
            echo 'postgres:x:70:' >> "$tree/etc/group"
            """
    )

    /// Where the newest server is installed, as Debian puts it: `/usr/lib/postgresql/15`.
    static let postgreSQL: String? = {
        let root = "/usr/lib/postgresql"
        // Not there: it is not installed.
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
        return versions.compactMap { Int($0) }.max().map { "\(root)/\($0)" }
    }()
}
