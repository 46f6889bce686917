extension Shapes {
    static let attachment = Shape.Fields([
        "aliases": .uniqueTexts,
        "driver_opts": .options,
        "gw_priority": .kinds([.number]),
        "interface_name": .text,
        "ipv4_address": .text,
        "ipv6_address": .text,
        "link_local_ips": .uniqueTexts,
        "mac_address": .text,
        "priority": .kinds([.number]),
    ])

    static let blkio = Shape.Fields(
        [
            "device_read_bps": .list(.fields(blkioLimit), isUnique: false),
            "device_read_iops": .list(.fields(blkioLimit), isUnique: false),
            "device_write_bps": .list(.fields(blkioLimit), isUnique: false),
            "device_write_iops": .list(.fields(blkioLimit), isUnique: false),
            "weight": .wholeNumber,
            "weight_device": .list(
                .fields(.init(["path": .text, "weight": .wholeNumber], takesExtensions: false)),
                isUnique: false
            ),
        ],
        takesExtensions: false
    )

    private static let blkioLimit = Shape.Fields(["path": .text, "rate": .wholeNumber], takesExtensions: false)

    static let dependency = Shape.Fields(
        [
            "condition": .choice(["service_started", "service_healthy", "service_completed_successfully"]),
            "required": .kinds([.flag]),
            "restart": .flag,
        ],
        required: ["condition"]
    )

    static let deploy = Shape.Fields([
        "endpoint_mode": .text,
        "labels": .pairs,
        "mode": .text,
        "placement": .fields(
            .init([
                "constraints": .texts,
                "max_replicas_per_node": .wholeNumber,
                "preferences": .list(.fields(.init(["spread": .text])), isUnique: false),
            ])
        ),
        "replicas": .wholeNumber,
        "resources": .fields(
            .init([
                "limits": .fields(.init(["cpus": .number, "memory": .text, "pids": .wholeNumber])),
                "reservations": .fields(
                    .init([
                        "cpus": .number,
                        "devices": .list(.fields(device), isUnique: false),
                        "generic_resources": .list(
                            .fields(.init(["discrete_resource_spec": .fields(discrete)])),
                            isUnique: false
                        ),
                        "memory": .text,
                    ])
                ),
            ])
        ),
        "restart_policy": .fields(
            .init(["condition": .text, "delay": .text, "max_attempts": .wholeNumber, "window": .text])
        ),
        "rollback_config": .fields(update),
        "update_config": .fields(update),
    ])

    private static let discrete = Shape.Fields(["kind": .text, "value": .number])

    private static let update = Shape.Fields([
        "delay": .text,
        "failure_action": .text,
        "max_failure_ratio": .number,
        "monitor": .text,
        "order": .choice(["start-first", "stop-first"]),
        "parallelism": .wholeNumber,
    ])

    static let device = Shape.Fields(
        [
            "capabilities": .uniqueTexts,
            "count": .wholeNumber,
            "device_ids": .uniqueTexts,
            "driver": .text,
            "options": .pairs,
        ],
        required: ["capabilities"]
    )

    static let gpu = Shape.Fields(
        [
            "capabilities": .uniqueTexts,
            "count": .wholeNumber,
            "device_ids": .uniqueTexts,
            "driver": .text,
            "options": .pairs,
        ],
        takesAnything: true
    )

    static let develop = Shape.Fields([
        "watch": .list(
            .fields(
                .init(
                    [
                        "action": .choice(["rebuild", "sync", "restart", "sync+restart", "sync+exec"]),
                        "exec": .fields(hook),
                        "ignore": .textOrTexts,
                        "include": .textOrTexts,
                        "initial_sync": .kinds([.flag]),
                        "path": .text,
                        "target": .text,
                    ],
                    required: ["path", "action"]
                )
            ),
            isUnique: false
        )
    ])

    static let envFile = Shape.Fields(
        ["format": .text, "path": .text, "required": .flag],
        required: ["path"],
        takesExtensions: false
    )

    static let fileMount = Shape.Fields([
        "gid": .text, "mode": .number, "source": .text, "target": .text, "uid": .text,
    ])

    static let healthcheck = Shape.Fields([
        "disable": .flag,
        "interval": .text,
        "retries": .number,
        "start_interval": .text,
        "start_period": .text,
        "test": .either([.text, .texts]),
        "timeout": .text,
    ])

    static let hook = Shape.Fields(
        ["command": .command, "environment": .pairs, "privileged": .flag, "user": .text, "working_dir": .text],
        required: ["command"]
    )

    static let mount = Shape.Fields(
        [
            "bind": .fields(
                .init([
                    "create_host_path": .flag,
                    "propagation": .text,
                    "recursive": .choice(["enabled", "disabled", "writable", "readonly"]),
                    "selinux": .choice(["z", "Z"]),
                ])
            ),
            "consistency": .text,
            "image": .fields(.init(["subpath": .text])),
            "read_only": .flag,
            "source": .text,
            "target": .text,
            "tmpfs": .fields(.init(["mode": .number, "size": .whole(minimum: 0, maximum: .max)])),
            "type": .choice(["bind", "volume", "tmpfs", "cluster", "npipe", "image"]),
            "volume": .fields(.init(["labels": .pairs, "nocopy": .flag, "subpath": .text])),
        ],
        required: ["type"]
    )

    static let port = Shape.Fields([
        "app_protocol": .text,
        "host_ip": .text,
        "mode": .text,
        "name": .text,
        "protocol": .text,
        "published": .wholeNumber,
        "target": .wholeNumber,
    ])
}
