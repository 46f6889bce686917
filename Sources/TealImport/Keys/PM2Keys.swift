/// What becomes of the keys of an ecosystem file of PM2 7.
package enum PM2Keys {
    /// The keys of the file itself.
    package static let file: [ForeignKey] = [
        ForeignKey(
            "apps",
            .changed,
            becomes: "services",
            aliases: ["pm2"],
            example: "[]",
            "each app becomes a service"
        ),
        ForeignKey(
            "deploy",
            .changed,
            becomes: "environments",
            example: "{}",
            "hosts and branches of its environments; its commands are named one by one"
        ),
    ]

    /// The keys of one app; the spelling in camel case is known of each as well.
    package static let app: [ForeignKey] = (running + replicas + ending + logs + watching + surroundings + inner).map {
        key in
        ForeignKey(
            key.name,
            key.fate,
            becomes: key.becomes,
            aliases: key.aliases + [camelCase(key.name)].filter { $0 != key.name && !key.aliases.contains($0) },
            example: key.example,
            next: key.next,
            key.text
        )
    }

    private static let running: [ForeignKey] = [
        ForeignKey("name", .carried, becomes: "services.<service>", example: "'api'"),
        ForeignKey(
            "name_prefix",
            .changed,
            becomes: "services.<service>",
            example: "'shop-'",
            "it is part of the service's name"
        ),
        ForeignKey(
            "script",
            .changed,
            becomes: "command",
            aliases: ["exec", "cmd", "command"],
            example: "'dist/index.js'",
            "it is a word of the command, behind its interpreter"
        ),
        ForeignKey("args", .carried, becomes: "command", example: "'--workers 2'"),
        ForeignKey(
            "exec_interpreter",
            .changed,
            becomes: "command",
            aliases: ["interpreter"],
            example: "'node'",
            "it is the first word of the command, from the PATH of the daemon"
        ),
        ForeignKey(
            "node_args",
            .carried,
            becomes: "command",
            aliases: ["interpreterArgs", "interpreter_args"],
            example: "'--max-old-space-size=512'"
        ),
        ForeignKey(
            "cwd",
            .changed,
            becomes: "artifact",
            example: "'.'",
            "it is what a release is made of: a copy of it runs, and the directory itself is left alone"
        ),
        ForeignKey(
            "source_map_support",
            .changed,
            becomes: "command",
            example: "true",
            "node does it itself, with `--enable-source-maps`"
        ),
        ForeignKey(
            "disable_source_map_support",
            .dropped,
            "source maps are off unless the command has `--enable-source-maps`"
        ),
        ForeignKey(
            "execute_command",
            .dropped,
            "every command runs as it is written"
        ),
    ]

    private static let replicas: [ForeignKey] = [
        ForeignKey(
            "instances",
            .carried,
            becomes: "replicas",
            example: "2",
            "`max` and 0 become the cores of the machine that imports, and -1 one less; a number stays as it is"
        ),
        ForeignKey(
            "exec_mode",
            .changed,
            becomes: "replicas",
            example: "'cluster'",
            next: "Let the program listen on `process.env.PORT`.",
            """
            the processes do not share a socket: each has its own `PORT`, stands behind the proxy, and all are replaced as \
            one release, blue to green
            """
        ),
        ForeignKey(
            "port",
            .changed,
            becomes: "port",
            example: "8000",
            next: "Let the program listen on `process.env.PORT`.",
            "each replica has a `PORT` of its own from Teal"
        ),
        ForeignKey(
            "instance_var",
            .dropped,
            example: "'NODE_APP_INSTANCE'",
            next: "Read `TEAL_REPLICA`, which counts from 0.",
            "replicas are told their number by `TEAL_REPLICA`"
        ),
        ForeignKey(
            "increment_var",
            .dropped,
            example: "'PORT'",
            next: "Read `TEAL_REPLICA` and count from there; `PORT` is each replica's own already.",
            "no variable is counted up"
        ),
        ForeignKey(
            "namespace",
            .carried,
            becomes: "groups",
            example: "'shop'"
        ),
    ]

    private static let ending: [ForeignKey] = [
        ForeignKey(
            "max_memory_restart",
            .changed,
            becomes: "resources.memory",
            example: "'512M'",
            "a replica beyond it is stopped at once as out of memory and started again, not asked to end"
        ),
        ForeignKey("autorestart", .carried, example: "true"),
        ForeignKey(
            "autostart",
            .dropped,
            "what is released runs, and runs again after a reboot"
        ),
        ForeignKey("kill_timeout", .carried, becomes: "stop.grace", example: "5000"),
        ForeignKey(
            "kill_retry_time",
            .dropped,
            example: "100",
            "a replica is asked once and killed when `stop.grace` is over"
        ),
        ForeignKey(
            "shutdown_with_message",
            .dropped,
            next: "Let the program end at a signal: `process.on('SIGINT', …)`.",
            "there is no channel for messages to a process; it is asked by a signal"
        ),
        ForeignKey("treekill", .dropped, "all processes of a replica end with it"),
        ForeignKey(
            "wait_ready",
            .changed,
            becomes: "health",
            next:
                "Write `health: /path` of a page that answers once the program is ready; call `process.send` only if it is there.",
            "readiness is asked for from outside, and there is no `process.send` to tell it"
        ),
        ForeignKey(
            "listen_timeout",
            .changed,
            becomes: "health.deadline",
            example: "8000",
            "when it is over the new release is kept out, and the old one goes on"
        ),
        ForeignKey(
            "cron_restart",
            .dropped,
            aliases: ["cron"],
            example: "'0 3 * * *'",
            next:
                "Let a timer of the system run `teal deploy --force SERVICE`, and mend what made the restart necessary.",
            "nothing is restarted by the clock"
        ),
        ForeignKey(
            "max_restarts",
            .dropped,
            example: "10",
            "a replica that dies is started again with growing pauses, without an end, and leaves the route meanwhile"
        ),
        ForeignKey("min_uptime", .dropped, example: "5000", "a replica is up when its health check has passed"),
        ForeignKey("restart_delay", .dropped, example: "1000", "the pauses between restarts grow by themselves"),
        ForeignKey(
            "exp_backoff_restart_delay",
            .dropped,
            example: "100",
            "the pauses between restarts grow by themselves"
        ),
        ForeignKey(
            "stop_exit_codes",
            .dropped,
            example: "[0]",
            next: "Let the program run on; for one that ends by itself write `kind: job`.",
            "a service that ends is started again, whatever its exit code"
        ),
        ForeignKey(
            "uid",
            .dropped,
            aliases: ["user"],
            example: "'deploy'",
            next: "Run the daemon as that user, or run an image with `container.user`.",
            "processes run as the daemon's user"
        ),
        ForeignKey(
            "gid",
            .dropped,
            example: "'deploy'",
            next: "Run the daemon with that group, or run an image with `container.user`.",
            "processes run with the daemon's group"
        ),
    ]

    private static let logs: [ForeignKey] = [
        ForeignKey(
            "out_file",
            .dropped,
            aliases: ["out", "output", "out_log"],
            example: "'out.log'",
            next: seeLogs,
            keptLogs
        ),
        ForeignKey(
            "error_file",
            .dropped,
            aliases: ["error", "err", "err_file", "err_log"],
            example: "'error.log'",
            next: seeLogs,
            keptLogs
        ),
        ForeignKey("log_file", .dropped, aliases: ["log"], example: "'all.log'", next: seeLogs, keptLogs),
        ForeignKey("disable_logs", .dropped, next: "Let the program write less.", keptLogs),
        ForeignKey("log_type", .dropped, example: "'json'", next: "See `teal logs --output json`.", keptLogs),
        ForeignKey("log_date_format", .dropped, example: "'YYYY-MM-DD'", "each line has its time already"),
        ForeignKey("time", .dropped, "each line has its time already"),
        ForeignKey(
            "merge_logs",
            .dropped,
            aliases: ["combine_logs"],
            "`teal logs SERVICE` shows all replicas together"
        ),
        ForeignKey("pid_file", .dropped, aliases: ["pid"], example: "'api.pid'", "`teal status` shows what runs"),
    ]
    private static let keptLogs = "Teal keeps what replicas write, within limits of its own"
    private static let seeLogs = "See `teal logs SERVICE -f`."

    private static let watching: [ForeignKey] = [
        ForeignKey(
            "watch",
            .dropped,
            example: "true",
            next: "Release a change with `teal deploy`; while developing let the program's own watch mode do it.",
            "refused: a release never changes while it runs, so there is nothing to watch, and no way round the health check"
        ),
        ForeignKey(
            "ignore_watch",
            .dropped,
            example: "['logs']",
            next: "Name what a release does not need in `.tealignore`.",
            noWatch
        ),
        ForeignKey("watch_delay", .dropped, example: "1000", noWatch),
        ForeignKey("watch_options", .dropped, example: "{}", noWatch),
    ]
    private static let noWatch = "nothing is watched"

    private static let surroundings: [ForeignKey] = [
        ForeignKey("env", .carried, becomes: "env", example: "{LOG_LEVEL: 'info'}"),
        ForeignKey(
            "env_<name>",
            .changed,
            becomes: "environments.<name>.services.<service>.env",
            example: "{LOG_LEVEL: 'warn'}",
            "it is chosen by `--environment NAME`; `production` is the default"
        ),
        ForeignKey(
            "filter_env",
            .dropped,
            example: "['SECRET']",
            "nothing of anybody's shell is passed on, only what `env` and `secrets` name"
        ),
        ForeignKey("append_env_to_name", .dropped, "names do not depend on the environment"),
        ForeignKey("username", .dropped, example: "'deploy'", "`teal history` shows who released"),
        ForeignKey(
            "post_update",
            .dropped,
            example: "['npm install']",
            next: "Build before `teal deploy`; for a command at a point of a rollout write `hooks`.",
            "a release is built before it is handed over"
        ),
        ForeignKey(
            "install_url",
            .dropped,
            example: "'https://example.com/app.tgz'",
            next: "Fetch it, and name it as `artifact`.",
            "artifacts are files here"
        ),
    ]

    private static let inner: [ForeignKey] = [
        ForeignKey("force", .dropped, "a service is what its name says; two services may run the same script"),
        ForeignKey("vizion", .dropped, "`teal history` has the git commit of each release"),
        ForeignKey("pmx", .dropped, noAgent),
        ForeignKey("automation", .dropped, noAgent),
        ForeignKey("trace", .dropped, noAgent),
        ForeignKey("disable_trace", .dropped, noAgent),
        ForeignKey("v8", .dropped, noAgent),
        ForeignKey("event_loop_inspector", .dropped, noAgent),
        ForeignKey("deep_monitoring", .dropped, noAgent),
        ForeignKey("io", .dropped, example: "{}", noAgent),
        ForeignKey("windowsHide", .dropped, "it is for Windows"),
        ForeignKey("write", .dropped, "nothing is written back to the file"),
    ]
    private static let noAgent = "nothing is loaded into the process; `teal stats` and `teal health` look from outside"

    /// The keys of one environment of `deploy`.
    package static let deploy: [ForeignKey] = [
        ForeignKey(
            "user",
            .changed,
            becomes: "environments.<name>.hosts",
            example: "'deploy'",
            "it stands before the host"
        ),
        ForeignKey("host", .carried, becomes: "environments.<name>.hosts", example: "'a.example.com'"),
        ForeignKey(
            "port",
            .dropped,
            example: "22",
            next: "Write it into `~/.ssh/config`.",
            "hosts are reached as `ssh` reaches them"
        ),
        ForeignKey(
            "key",
            .dropped,
            example: "'~/.ssh/id'",
            next: "Write it into `~/.ssh/config`.",
            "hosts are reached as `ssh` reaches them"
        ),
        ForeignKey(
            "ssh_options",
            .dropped,
            example: "'StrictHostKeyChecking=yes'",
            next: "Write them into `~/.ssh/config`.",
            "hosts are reached as `ssh` reaches them"
        ),
        ForeignKey(
            "forward-agent",
            .dropped,
            aliases: ["forward_agent"],
            next: "For `source`, name a deploy key's secret as `source.key`.",
            "the server does not borrow anybody's keys"
        ),
        ForeignKey("needs_tty", .dropped, aliases: ["pty"], "no terminal is needed"),
        ForeignKey(
            "ref",
            .changed,
            becomes: "environments.<name>.branch",
            example: "'origin/main'",
            "the remote's name is left out"
        ),
        ForeignKey(
            "repo",
            .dropped,
            example: "'git@example.com:acme/shop.git'",
            next: "To let the server build, write `source` in the place of `artifact`.",
            "what is released is what stands beside teal.yml; a server clones and builds only for `source`"
        ),
        ForeignKey("fetch", .dropped, example: "'fast'", "of `source`, one commit is fetched"),
        ForeignKey(
            "path",
            .dropped,
            example: "'/srv/shop'",
            "releases are kept in the daemon's home"
        ),
        ForeignKey(
            "env",
            .changed,
            becomes: "environments.<name>.services.<service>.env",
            example: "{LOG_LEVEL: 'warn'}",
            "every service gets it there"
        ),
        ForeignKey(
            "pre-setup",
            .dropped,
            aliases: ["pre_setup"],
            example: "'true'",
            next: "Run it once by hand.",
            noSetup
        ),
        ForeignKey(
            "post-setup",
            .dropped,
            aliases: ["post_setup"],
            example: "'true'",
            next: "Run it once by hand.",
            noSetup
        ),
        ForeignKey(
            "pre-deploy-local",
            .dropped,
            aliases: ["pre_deploy_local"],
            example: "'npm test'",
            next: "Run it before `teal deploy`.",
            "nothing runs here before a deploy"
        ),
        ForeignKey(
            "pre-deploy",
            .dropped,
            aliases: ["pre_deploy"],
            example: "'true'",
            next:
                "Build before `teal deploy`, or on the server by `source.build`; for a change of the schema write `migrate`.",
            "nothing runs on the server before a deploy but the build of `source`"
        ),
        ForeignKey(
            "post-deploy",
            .dropped,
            aliases: ["post_deploy"],
            example: "'npm ci && pm2 reload all'",
            next:
                "Install and build before `teal deploy`, or on the server by `source.build`; for another command write `hooks`.",
            "a rollout replaces the reload"
        ),
    ]
    private static let noSetup = "a server needs no set-up but the daemon"

    /// `maxMemoryRestart` for `max_memory_restart`, as PM2 takes it.
    static func camelCase(_ name: String) -> String {
        let parts = name.split(separator: "_", omittingEmptySubsequences: false)
        return parts.enumerated().map {
            $0.offset == 0 || $0.element.count < 2
                ? String($0.element) : $0.element.prefix(1).uppercased() + $0.element.dropFirst()
        }
        .joined()
    }

    package static let tables: [ForeignTable] = [
        ForeignTable(title: "The file", introduction: "A list of apps, or one app, stands for `apps`.", keys: file),
        ForeignTable(
            title: "`apps[]`",
            introduction: "Every key may also be written in camel case, such as `maxMemoryRestart`.",
            keys: PM2Keys.running + replicas + ending + logs + watching + surroundings + inner
        ),
        ForeignTable(
            title: "`deploy.<name>`",
            introduction: "Keys beside the names are those of every environment.",
            keys: deploy
        ),
    ]
}
