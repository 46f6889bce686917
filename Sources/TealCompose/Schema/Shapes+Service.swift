extension Shapes {
    /// A service.
    static let service = Shape.Fields([
        "annotations": .pairs,
        "attach": .flag,
        "blkio_config": .fields(blkio),
        "build": .either([.text, .fields(build)]),
        "cap_add": .uniqueTexts,
        "cap_drop": .uniqueTexts,
        "cgroup": .choice(["host", "private"]),
        "cgroup_parent": .text,
        "command": .command,
        "configs": .list(.either([.text, .fields(fileMount)]), isUnique: false),
        "container_name": .form(isContainerName, advice: "Use at least two of a-z, A-Z, 0-9, `_`, `.` and `-`."),
        "cpu_count": .whole(minimum: 0, maximum: .max),
        "cpu_percent": .either([.text, .whole(minimum: 0, maximum: 100)]),
        "cpu_period": .number,
        "cpu_quota": .number,
        "cpu_rt_period": .number,
        "cpu_rt_runtime": .number,
        "cpu_shares": .number,
        "cpus": .number,
        "cpuset": .text,
        "credential_spec": .fields(.init(["config": .text, "file": .text, "registry": .text])),
        "depends_on": .either([.uniqueTexts, .named(.fields(dependency))]),
        "deploy": .either([.kinds([.null]), .fields(deploy)]),
        "develop": .either([.kinds([.null]), .fields(develop)]),
        "device_cgroup_rules": .uniqueTexts,
        "devices": .list(
            .either([
                .text, .fields(.init(["source": .text, "target": .text, "permissions": .text], required: ["source"])),
            ]),
            isUnique: false
        ),
        "dns": .textOrTexts,
        "dns_opt": .uniqueTexts,
        "dns_search": .textOrTexts,
        "domainname": .text,
        "entrypoint": .command,
        "env_file": .either([.text, .list(.either([.text, .fields(envFile)]), isUnique: false)]),
        "environment": .pairs,
        "expose": .list(.number, isUnique: true),
        "extends": .either([
            .text,
            .fields(.init(["service": .text, "file": .text], required: ["service"], takesExtensions: false)),
        ]),
        "external_links": .uniqueTexts,
        "extra_hosts": .hosts,
        "gpus": .either([.choice(["all"]), .list(.fields(gpu), isUnique: false)]),
        "group_add": .list(.number, isUnique: true),
        "healthcheck": .fields(healthcheck),
        "hostname": .text,
        "image": .text,
        "init": .flag,
        "ipc": .text,
        "isolation": .text,
        "label_file": .either([.text, .texts]),
        "labels": .pairs,
        "links": .uniqueTexts,
        "logging": .fields(
            .init(["driver": .text, "options": .named(.kinds([.text, .number, .null]), isNameFree: true)])
        ),
        "mac_address": .text,
        "mem_limit": .number,
        "mem_reservation": .wholeNumber,
        "mem_swappiness": .wholeNumber,
        "memswap_limit": .number,
        "models": .either([
            .uniqueTexts,
            .named(
                .either([.kinds([.null]), .fields(.init(["endpoint_var": .text, "model_var": .text]))]),
                isNameFree: true
            ),
        ]),
        "network_mode": .text,
        "networks": .either([.uniqueTexts, .named(.either([.kinds([.null]), .fields(attachment)]))]),
        "oom_kill_disable": .flag,
        "oom_score_adj": .whole(minimum: -1000, maximum: 1000),
        "pid": .kinds([.text, .null]),
        "pids_limit": .number,
        "platform": .text,
        "ports": .list(.either([.number, .fields(port)]), isUnique: true),
        "post_start": .list(.fields(hook), isUnique: false),
        "pre_stop": .list(.fields(hook), isUnique: false),
        "privileged": .flag,
        "profiles": .uniqueTexts,
        "provider": .fields(
            .init(
                [
                    "type": .text,
                    "options": .named(
                        .either([
                            .kinds([.text, .number, .flag]), .list(.kinds([.text, .number, .flag]), isUnique: false),
                        ]),
                        isNameFree: true
                    ),
                ],
                required: ["type"]
            )
        ),
        "pull_policy": .form(
            isPullPolicy,
            advice: "Write `always`, `missing`, `never`, `build`, `daily`, `weekly` or `every_12h`."
        ),
        "pull_refresh_after": .text,
        "read_only": .flag,
        "restart": .text,
        "runtime": .text,
        "scale": .wholeNumber,
        "secrets": .list(.either([.text, .fields(fileMount)]), isUnique: false),
        "security_opt": .uniqueTexts,
        "shm_size": .number,
        "stdin_open": .flag,
        "stop_grace_period": .text,
        "stop_signal": .text,
        "storage_opt": .kinds([.mapping]),
        "sysctls": .pairs,
        "tmpfs": .textOrTexts,
        "tty": .flag,
        "ulimits": ulimits,
        "use_api_socket": .kinds([.flag]),
        "user": .text,
        "userns_mode": .text,
        "uts": .text,
        "volumes": .list(.either([.text, .fields(mount)]), isUnique: true),
        "volumes_from": .uniqueTexts,
        "working_dir": .text,
    ])

    /// Two characters in a row, the first a letter or a digit.
    @Sendable private static func isContainerName(_ text: String) -> Bool {
        text.contains(#/[a-zA-Z0-9][a-zA-Z0-9_.\-]/#)
    }

    @Sendable private static func isPullPolicy(_ text: String) -> Bool {
        text.contains(#/always|never|build|if_not_present|missing|refresh|daily|weekly|every_[0-9]+[wdhms]/#)
    }

    static let ulimits = Shape.named(
        .either([
            .wholeNumber,
            .fields(.init(["hard": .wholeNumber, "soft": .wholeNumber], required: ["soft", "hard"])),
        ]),
        isNameFree: true
    )

    static let build = Shape.Fields([
        "additional_contexts": .pairs,
        "args": .pairs,
        "cache_from": .texts,
        "cache_to": .texts,
        "context": .text,
        "dockerfile": .text,
        "dockerfile_inline": .text,
        "entitlements": .texts,
        "extra_hosts": .hosts,
        "isolation": .text,
        "labels": .pairs,
        "network": .text,
        "no_cache": .flag,
        "platforms": .texts,
        "privileged": .flag,
        "provenance": .flag,
        "pull": .flag,
        "sbom": .flag,
        "secrets": .list(.either([.text, .fields(fileMount)]), isUnique: false),
        "shm_size": .wholeNumber,
        "ssh": .pairs,
        "tags": .texts,
        "target": .text,
        "ulimits": ulimits,
    ])
}
