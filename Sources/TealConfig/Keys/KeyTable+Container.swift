import TealCore

extension KeyTable {
    static let containerKeys: [KeyReference] = [
        .init(
            "container",
            .section,
            example: "{user: \"1000:1000\"}",
            alsoCalled: ["security", "securityContext", "security_opt", "docker"],
            "How the service's container is confined; for images."
        ),
        .init(
            "container.user",
            .text,
            default: "(the image's own)",
            example: "\"1000:1000\"",
            alsoCalled: ["uid", "runAsUser"],
            "The user that the service runs as, or `user:group`, by name or number."
        ),
        .init(
            "container.readOnly",
            .boolean,
            default: "(true; false for an accessory)",
            example: "false",
            alsoCalled: ["read_only", "readOnlyRoot", "readOnlyRootFilesystem"],
            "Whether the container's root file system cannot be written to. Volumes and `temporary` directories can."
        ),
        .init(
            "container.temporary",
            .list(.text),
            default: """
                (`/run`, `/tmp`, `/var/run` and `/var/tmp` where the root is read-only, and `/var/cache` on the container's \
                own disk; else none)
                """,
            example: "[/tmp, /srv/cache]",
            alsoCalled: ["tmpfs", "tmp"],
            "Directories in memory that can be written to, empty at every start; absolute paths. Each holds 64m at most, which "
                + "count as the replica's memory, and nothing in them can be run; where that is too little, use a volume."
        ),
        .init(
            "container.capabilities",
            .list(.text),
            default: "(none; for an image that runs as root those that the official images need to give root up)",
            example: "[NET_RAW]",
            alsoCalled: ["caps", "cap_add", "capAdd"],
            "The Linux capabilities that the service keeps, and no others, without `CAP_` (capabilities(7)); `[]` for none."
        ),
        .init(
            "container.newPrivileges",
            .boolean,
            default: "\(ContainerPolicy().newPrivileges)",
            example: "true",
            alsoCalled: ["noNewPrivileges", "allowPrivilegeEscalation", "privileged"],
            "Whether a program may gain more rights than its parent has, such as `sudo` by its setuid bit."
        ),
        .init(
            "container.processesMax",
            .integer(1...4_194_304),
            default: "\(ContainerPolicy().processesMax)",
            example: "512",
            alsoCalled: ["pids", "pids_limit", "pidsLimit"],
            "The most processes and threads of one replica."
        ),
    ]
}
