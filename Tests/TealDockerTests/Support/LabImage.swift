import Foundation
import TealTestSupport

/// Images that are made without a network: a shell, its tools, and a script.
struct LabImage: Sendable {
    /// What `/app/run` does.
    var script: String
    /// Instructions as in a Dockerfile, such as `USER 1000`.
    var changes: [String] = []
    /// A shell's text that puts more into the image's tree, which is at `$tree`: `add FILE…` copies programs of this host
    /// with the libraries that they load, and whole directories.
    var furnish = ""
    /// `repository:tag`; nil for an image without a name.
    var name: String?

    /// Puts the image on the engine.
    ///
    /// - Returns: Its ID.
    func load(_ fixture: Fixture) async throws -> String {
        guard let busybox = DockerEngine.busybox else { throw Shell.Failed(description: "there is no busybox") }
        let tree = try fixture.directory() + "/tree"
        let make = """
            set -e
            mkdir -p "$1/bin" "$1/app" "$1/tmp" "$1/marks" "$1/var/cache" "$1/data"
            chmod 755 "$1" "$1"/*; chmod 1777 "$1/tmp"
            cp "$2" "$1/bin/busybox"
            for tool in $("$2" --list); do [ "$tool" = busybox ] || ln -s busybox "$1/bin/$tool"; done
            """
        try await Shell.must(make, [tree, busybox])
        try Data(script.utf8).write(to: URL(fileURLWithPath: tree + "/app/run"))
        try Data(Self.answer.utf8).write(to: URL(fileURLWithPath: tree + "/app/answer"))
        try Data(fixture.id.utf8).write(to: URL(fileURLWithPath: tree + "/app/mark"))
        try await Shell.must(
            #"mkdir -p "$1/etc"; printf 'root:x:0:0::/:/bin/sh\napp:x:1000:1000::/:/bin/sh\n' > "$1/etc/passwd"; chmod 755 "$1/app/run" "$1/app/answer""#,
            [tree]
        )
        try await Shell.must(Self.adding + furnish, [tree])
        try await Shell.must(#"tar -C "$1" -cf "$1.tar" ."#, [tree])
        let parts = name?.split(separator: ":", maxSplits: 1).map(String.init)
        var path = "/images/create?fromSrc=-"
        if let parts { path += "&repo=\(Self.encoded(parts[0]))&tag=\(Self.encoded(parts[1]))" }
        for change in ["ENV PATH=/bin"] + changes { path += "&changes=\(Self.encoded(change))" }
        let said = try await DockerEngine.curl(
            "POST",
            path,
            ["-H", "Content-Type: application/x-tar", "-H", "Expect:", "--data-binary", "@\(tree).tar"]
        )
        guard let start = said.range(of: "sha256:", options: .backwards) else { throw Shell.Failed(description: said) }
        let id = String(said[start.lowerBound...].prefix { $0 != "\"" && $0 != "\n" })
        fixture.atEnd {
            // It may be gone, which is what is wanted.
            _ = try? await DockerEngine.curl("DELETE", "/images/\(id)?force=1")
        }
        return id
    }

    private static let adding = """
        set -e
        tree=$1
        add() { for file in "$@"; do cp --parents -rL "$file" $(ldd "$file" 2>/dev/null | grep -o '/[^ ]*') "$tree"; done; }

        """

    private static func encoded(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? text
    }

    /// Reads one request, answers it with 200, and says on the replica's output what it was told.
    private static let answer = """
        #!/bin/sh
        read -r method path rest
        while read -r line; do [ "$line" = "$(printf '\\r')" ] && break; done
        case "$path" in
        /teal/activate) echo activated >&3 ;;
        /teal/deactivate) echo deactivated >&3 ;;
        esac
        body="$TEAL_RELEASE"
        printf 'HTTP/1.1 200 OK\\r\\nContent-Length: %s\\r\\nConnection: close\\r\\n\\r\\n%s' "${#body}" "$body"
        """
}
