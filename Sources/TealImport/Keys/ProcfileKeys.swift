/// What becomes of the lines of a Procfile and of the keys of an app.json, as Heroku and Dokku read them.
package enum ProcfileKeys {
    /// The types of processes.
    package static let types: [ForeignKey] = [
        ForeignKey(
            "web",
            .changed,
            becomes: "services.web",
            example: "node server.js",
            "it takes traffic, and is asked for `GET /` unless app.json says otherwise"
        ),
        ForeignKey(
            "release",
            .changed,
            becomes: "services.web.migrate",
            example: "node migrate.js",
            "it runs once in each rollout, before the new release starts; if it fails, the old one goes on"
        ),
        ForeignKey(
            "<other>",
            .changed,
            becomes: "services.<type>",
            example: "node worker.js",
            "it is a worker: the old one stops before the new one starts (`background: exclusive`)"
        ),
    ]

    package static let appJSON: [ForeignKey] = [
        ForeignKey("name", .carried, becomes: "project", example: "\"shop\""),
        ForeignKey("env", .carried, becomes: "env", example: "{\"LOG_LEVEL\": \"info\"}"),
        ForeignKey(
            "formation",
            .changed,
            becomes: "replicas",
            example: "{\"web\": {\"quantity\": 2}}",
            "its parts are told one by one"
        ),
        ForeignKey(
            "healthchecks",
            .changed,
            becomes: "health",
            example: "{\"web\": [{\"type\": \"startup\", \"path\": \"/up\"}]}",
            "its parts are told one by one"
        ),
        ForeignKey("scripts", .dropped, example: "{\"postdeploy\": \"node seed.js\"}", "its parts are told one by one"),
        ForeignKey(
            "cron",
            .dropped,
            example: "[{\"command\": \"node tidy.js\", \"schedule\": \"0 3 * * *\"}]",
            next: "Let a timer of the system run `teal exec SERVICE -- command`.",
            "there is no timetable"
        ),
        ForeignKey(
            "addons",
            .dropped,
            example: "[\"redis\"]",
            next: "Write an `accessory` for each, and the address in `env` or `secrets`.",
            "stores are services of the project"
        ),
        ForeignKey("buildpacks", .dropped, example: "[]", next: build, notBuilt),
        ForeignKey("stack", .dropped, example: "\"heroku-24\"", next: build, notBuilt),
        ForeignKey(
            "image",
            .dropped,
            example: "\"heroku/ruby\"",
            next: build,
            "it is the image that a build begins with"
        ),
        ForeignKey(
            "environments",
            .dropped,
            example: "{}",
            next: "Declare `environments` for servers that stay.",
            "environments for tests and reviews come and go with a branch"
        ),
        ForeignKey("features", .dropped, example: "[]", aboutHeroku),
        ForeignKey("description", .dropped, example: "\"x\"", forPeople),
        ForeignKey("keywords", .dropped, example: "[]", forPeople),
        ForeignKey("website", .dropped, example: "\"x\"", forPeople),
        ForeignKey("repository", .dropped, example: "\"x\"", forPeople),
        ForeignKey("logo", .dropped, example: "\"x\"", forPeople),
        ForeignKey("success_url", .dropped, example: "\"/\"", forPeople),
        ForeignKey("$schema", .dropped, example: "\"x\"", forPeople),
    ]

    package static let scripts: [ForeignKey] = [
        ForeignKey(
            "postdeploy",
            .dropped,
            next: "Write `hooks` with `at: after-release`, or run it with `teal exec`.",
            "hooks run on the server, not in the release"
        ),
        ForeignKey(
            "predeploy",
            .dropped,
            next: "Write it as `migrate` if it may run before the new release starts.",
            "hooks run on the server, not in the release"
        ),
        ForeignKey("pr-predestroy", .dropped, aboutHeroku),
        ForeignKey("test", .dropped, next: "Run it before `teal deploy`.", "no tests run in a rollout"),
        ForeignKey(
            "dokku.predeploy",
            .dropped,
            next: "Write it as `migrate`, or run it while building.",
            "hooks run on the server, not in the release"
        ),
        ForeignKey(
            "dokku.postdeploy",
            .dropped,
            next: "Write `hooks` with `at: after-release`, or run it with `teal exec`.",
            "hooks run on the server, not in the release"
        ),
    ]

    package static let formation: [ForeignKey] = [
        ForeignKey("quantity", .carried, becomes: "replicas", example: "2"),
        ForeignKey("size", .dropped, example: "\"standard-1x\"", next: "Write `resources: {memory: …}`.", aboutHeroku),
        ForeignKey("max_parallel", .dropped, example: "1", "all replicas of a release start together"),
        ForeignKey("autoscaling", .dropped, example: "{}", next: "Use `teal scale`.", "replicas are a number"),
        ForeignKey("service", .dropped, example: "{}", "a `web` alone is reached through the proxy"),
    ]

    package static let check: [ForeignKey] = [
        ForeignKey(
            "type",
            .changed,
            becomes: "health",
            example: "\"startup\"",
            "one check serves for starting, being ready and living"
        ),
        ForeignKey("name", .dropped, example: "\"up\"", "a service has one check"),
        ForeignKey("path", .carried, becomes: "health.path", example: "\"/up\""),
        ForeignKey(
            "content",
            .changed,
            becomes: "health.bodyPattern",
            example: "\"ok\"",
            "it is a pattern that the answer has to contain"
        ),
        ForeignKey(
            "httpHeaders",
            .carried,
            becomes: "health.headers",
            example: "[{\"name\": \"Host\", \"value\": \"a.example.com\"}]"
        ),
        ForeignKey("command", .carried, becomes: "health.command", example: "[\"node\", \"check.js\"]"),
        ForeignKey("listening", .changed, becomes: "health.tcp", example: "true", "the port is opened from outside"),
        ForeignKey(
            "uptime",
            .dropped,
            example: "5",
            "passes are counted, not seconds: `health.passes`, `health.spacing`"
        ),
        ForeignKey("timeout", .carried, becomes: "health.timeout", example: "5"),
        ForeignKey("wait", .carried, becomes: "health.interval", example: "5"),
        ForeignKey(
            "attempts",
            .changed,
            becomes: "health.deadline",
            example: "3",
            "the deadline is so many times `wait` and `timeout`, and `initialDelay` before them"
        ),
        ForeignKey(
            "initialDelay",
            .changed,
            becomes: "health.deadline",
            example: "5",
            "it is asked from the beginning, and has that much longer"
        ),
        ForeignKey("port", .dropped, example: "5000", "the port of the service is asked"),
        ForeignKey("scheme", .dropped, example: "\"http\"", "it is asked by HTTP"),
        ForeignKey("warn", .dropped, example: "true", "a failed check keeps the release out"),
        ForeignKey(
            "onFailure",
            .dropped,
            example: "{}",
            next: "Write `hooks` with `at: after-revert`.",
            "a failed check keeps the release out"
        ),
    ]

    private static let build = "Build before `teal deploy`, into the `artifact` or an `image`."
    private static let notBuilt = "nothing is built on the server"
    private static let aboutHeroku = "it is about the platform"
    private static let forPeople = "it is for people who read about the app"

    package static let tables: [ForeignTable] = [
        ForeignTable(
            title: "Procfile",
            introduction: "A line that needs a shell is run by `sh -c`; others are split into words.",
            keys: types
        ),
        ForeignTable(title: "app.json", introduction: "", keys: appJSON),
        ForeignTable(title: "`formation.<type>`", introduction: "", keys: formation),
        ForeignTable(
            title: "`healthchecks.<type>[]`",
            introduction: "The first of the type `startup` counts, else `readiness`, else `liveness`.",
            keys: check
        ),
        ForeignTable(title: "`scripts`", introduction: "", keys: scripts),
    ]
}
