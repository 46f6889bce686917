extension ComposeKeyTable {
    private static let swarm = "it places containers of a Docker Swarm, and on one host has no meaning"
    private static let windows = "it is for Windows containers"

    /// Keys of a service.
    static let serviceKeys: [ComposeKey] = program + surroundings + network + data + rights + limits + release

    private static let program: [ComposeKey] = [
        .service(
            "image",
            verdict: .differently(
                "the digest that it stands for when a deploy begins is what runs, also after a rollback"
            )
        ),
        .service(
            "build",
            verdict: .differently(
                "a deploy builds no images: build and name it with `docker compose build`, then deploy what `image` names; `teal dev` builds it with `docker build`"
            )
        ),
        .service("command"), .service("entrypoint"), .service("working_dir"), .service("user"), .service("hostname"),
        .service("domainname"),
        .service("environment", verdict: .differently("with Teal's own `TEAL_*` variables beside them")),
        .service(
            "env_file",
            verdict: .differently("its variables are read when a deploy begins, and are part of the release")
        ),
        .service(
            "labels",
            verdict: .differently(
                "with Teal's own beside them; Traefik's for hosts, paths and ports, and `….domain` with `….port`, become routes"
            )
        ),
        .service(
            "label_file",
            verdict: .differently("its labels are read when a deploy begins, and are part of the release")
        ),
        .service("annotations"), .service("tty"), .service("stdin_open"), .service("init"), .service("runtime"),
        .service("platform"),
        .service("extends"), .service("profiles"),
        .service(
            "container_name",
            verdict: .differently(
                "containers are named after service and slot; in its networks the name leads to it, or, where it takes requests, to the proxy and the active release"
            )
        ),
        .service(
            "attach",
            verdict: .refused(
                "a deploy shows no service's output, see `teal logs`; `teal dev` shows all but those with `attach: false`"
            )
        ),
        .service(
            "develop",
            verdict: .refused(
                "a deploy watches no sources; `teal dev` warns of it: what is mounted by `volumes` can be changed at once"
            )
        ),
        .service(
            "pull_policy",
            verdict: .differently("an image is pulled by its digest when the host does not have it")
        ),
        .service("pull_refresh_after", verdict: .refused("an image is pulled by its digest, which never changes")),
        .service(
            "post_start",
            verdict: .refused("write a hook of teal.yml instead, which is journalled and runs once")
        ),
        .service("pre_stop", verdict: .refused("write a hook of teal.yml instead, which is journalled and runs once")),
        .service("provider", verdict: .refused("Teal runs no Compose plugins")),
        .service("models", verdict: .refused("Teal runs no models; run one as a service")),
        .service("logging", verdict: .differently("where nothing is written, json-file with three files of 10 MiB")),
    ]

    private static let network: [ComposeKey] = [
        .service("networks", verdict: .honoured, isWhole: false),
        .service("networks.*", verdict: .honoured, isWhole: false),
        .service(
            "networks.*.aliases",
            verdict: .differently(
                "those of a service that takes requests lead to the proxy, never to one of its containers"
            )
        ),
        .service(
            "networks.*.ipv4_address",
            verdict: .differently("two releases cannot both have it, so that the service is recreated")
        ),
        .service(
            "networks.*.ipv6_address",
            verdict: .differently("two releases cannot both have it, so that the service is recreated")
        ),
        .service(
            "networks.*.mac_address",
            verdict: .differently("two releases cannot both have it, so that the service is recreated")
        ),
        .service("networks.*.link_local_ips"), .service("networks.*.driver_opts"), .service("networks.*.gw_priority"),
        .service("networks.*.interface_name"),
        .service(
            "networks.*.priority",
            verdict: .differently("the order in which networks are joined, after Teal's own")
        ),
        .service(
            "network_mode",
            verdict: .differently("with `host` or another container's network the service is recreated")
        ),
        .service(
            "ports",
            verdict: .differently(
                """
                that of requests is taken over by the proxy, which leads every request there to the active release; others, \
                and those of protocols that are not HTTP, lead to the container, and the service is recreated. Open at \
                loopback where no address is written
                """
            )
        ),
        .service("expose"), .service("links"), .service("external_links"), .service("extra_hosts"), .service("dns"),
        .service("dns_opt"),
        .service("dns_search"),
        .service(
            "mac_address",
            verdict: .differently("two releases cannot both have it, so that the service is recreated")
        ),
    ]

    private static let data: [ComposeKey] = [
        .service("volumes", verdict: .honoured, isWhole: false),
        .service(
            "volumes.[]",
            verdict: .differently(
                "two releases must not both write to it, so that the service is recreated unless `x-teal` says `shared: true`"
            ),
            isWhole: false
        ),
        .service("volumes.[].type"), .service("volumes.[].source"), .service("volumes.[].target"),
        .service("volumes.[].read_only"),
        .service(
            "volumes.[].consistency",
            verdict: .refused("it was for Docker Desktop alone and does nothing any more")
        ),
        .service("volumes.[].bind"), .service("volumes.[].tmpfs"),
        .service("volumes.[].volume", verdict: .honoured, isWhole: false),
        .service("volumes.[].volume.nocopy"), .service("volumes.[].volume.subpath"),
        .service("volumes.[].volume.labels", verdict: .refused("write labels at the top-level volume")),
        .service("volumes.[].image", verdict: .refused("copy what it holds into the service's own image")),
        .service("volumes_from"), .service("tmpfs"),
        .service("secrets", verdict: .differently("each is a file that the daemon keeps where nobody else looks in")),
        .service("configs", verdict: .differently("each is a file that is part of the release")),
        .service("storage_opt"),
    ]

    private static let rights: [ComposeKey] = [
        .service("cap_add"), .service("cap_drop"), .service("privileged"), .service("security_opt"),
        .service("read_only"),
        .service("group_add"), .service("sysctls"),
        .service(
            "devices",
            verdict: .differently("two releases cannot both have it, so that the service is recreated")
        ),
        .service("device_cgroup_rules"), .service("gpus"), .service("pid"), .service("ipc"), .service("uts"),
        .service("userns_mode"),
        .service("cgroup"), .service("cgroup_parent"), .service("isolation"),
        .service("credential_spec", verdict: .refused(windows)),
        .service(
            "use_api_socket",
            verdict: .refused(
                "with the engine's socket a container is root on the host; mount it with `volumes` if that is meant"
            )
        ),
    ]

    private static let limits: [ComposeKey] = [
        .service("mem_limit"), .service("mem_reservation"), .service("memswap_limit"), .service("mem_swappiness"),
        .service("oom_kill_disable"), .service("oom_score_adj"), .service("shm_size"), .service("pids_limit"),
        .service("ulimits"),
        .service("cpus"), .service("cpu_shares"), .service("cpu_period"), .service("cpu_quota"),
        .service("cpu_rt_period"),
        .service("cpu_rt_runtime"), .service("cpuset"), .service("cpu_count"), .service("cpu_percent"),
        .service("blkio_config"),
    ]

    private static let surroundings: [ComposeKey] = [
        .service(
            "depends_on",
            verdict: .differently(
                "what it names starts first, whatever the condition; a store that never ran is proven before"
            ),
            isWhole: false
        ),
        .service("depends_on.*", verdict: .honoured, isWhole: false),
        .service(
            "depends_on.*.condition",
            verdict: .differently("what it names starts first; what is to complete is a job")
        ),
        .service("depends_on.*.required"),
        .service(
            "depends_on.*.restart",
            verdict: .refused(
                "a service that finds its dependency again needs no restart; one that does not can be deployed anew"
            )
        ),
        .service(
            "healthcheck",
            verdict: .differently("it is the gate of a release too, asked at Teal's own pace until it passes")
        ),
        .service("restart", verdict: .differently("the active slot has `unless-stopped`, everything else none")),
        .service("stop_signal"), .service("stop_grace_period"),
        .service("scale", verdict: .differently("the number of replicas of a slot")),
    ]

    private static let release: [ComposeKey] = [
        .service("deploy", verdict: .honoured, isWhole: false),
        .service("deploy.mode", verdict: .refused(swarm)),
        .service("deploy.replicas", verdict: .differently("the number of replicas of a slot")),
        .service(
            "deploy.labels",
            verdict: .differently(
                "Traefik's for hosts, paths and ports become routes; others belong to a service of a Docker Swarm"
            )
        ),
        .service("deploy.endpoint_mode", verdict: .refused(swarm)),
        .service("deploy.placement", verdict: .refused(swarm)),
        .service(
            "deploy.restart_policy",
            verdict: .differently("the active slot has `unless-stopped`, everything else none")
        ),
        .service("deploy.rollback_config", verdict: .differently("a rollback is a switch back, all at once")),
        .service(
            "deploy.update_config",
            verdict: .differently("all replicas of the new slot start, are proven, and take over at once"),
            isWhole: false
        ),
        .service(
            "deploy.update_config.order",
            verdict: .differently("`start-first` is blue-green, `stop-first` is recreate")
        ),
        .service("deploy.update_config.parallelism", verdict: .refused("a slot is replaced as a whole")),
        .service("deploy.update_config.delay", verdict: .refused("a slot is replaced as a whole")),
        .service("deploy.update_config.failure_action", verdict: .differently("a failed release is always taken back")),
        .service(
            "deploy.update_config.monitor",
            verdict: .differently("the time that a release is watched after the switch")
        ),
        .service(
            "deploy.update_config.max_failure_ratio",
            verdict: .refused("a release with one replica that fails is no release")
        ),
        .service("deploy.resources", verdict: .honoured, isWhole: false),
        .service("deploy.resources.limits"),
        .service("deploy.resources.reservations", verdict: .honoured, isWhole: false),
        .service(
            "deploy.resources.reservations.cpus",
            verdict: .refused("processor time cannot be set aside on one host")
        ),
        .service("deploy.resources.reservations.memory"),
        .service("deploy.resources.reservations.devices"),
        .service("deploy.resources.reservations.generic_resources", verdict: .refused(swarm)),
    ]
}

extension ComposeKey {
    /// A key of a service.
    fileprivate static func service(
        _ key: String,
        verdict: ComposeReport.Verdict = .honoured,
        isWhole: Bool = true
    ) -> ComposeKey { ComposeKey("services.*.\(key)", verdict, isWhole: isWhole) }
}
