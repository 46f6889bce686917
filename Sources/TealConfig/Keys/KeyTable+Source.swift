extension KeyTable {
    static let sourceKeys: [KeyReference] = [
        .init(
            "source",
            .section,
            example: "{repository: git@github.com:acme/shop.git, ref: main}",
            alsoCalled: ["git", "repo"],
            """
            Sources in a git repository that the server itself builds an artifact of, before a rollout begins and beside what \
            runs. Either this, `artifact` or `image`. See docs/source.md.
            """
        ),
        .init(
            "source.repository",
            .text,
            example: "git@github.com:acme/shop.git",
            isRequired: true,
            alsoCalled: ["url", "repo", "git"],
            """
            The repository, as the server reaches it: `https://…`, `ssh://…`, `user@host:path`, or an absolute path of the \
            server. Names and passwords are no part of it.
            """
        ),
        .init(
            "source.ref",
            .text,
            default: "(the environment's `branch`)",
            example: "v1.4.2",
            alsoCalled: ["branch", "tag", "commit", "revision"],
            """
            A branch, a tag, a full name such as `refs/tags/v1.4.2`, or a commit by all its digits. It is looked up once for \
            each deploy; what is built and released is that commit.
            """
        ),
        .init(
            "source.directory",
            .text,
            default: "(the repository's root)",
            example: "apps/api",
            alsoCalled: ["subdirectory", "path", "context", "root"],
            "The directory in the repository that the commands run in."
        ),
        .init(
            "source.build",
            .list(.command),
            default: "(none; the files are released as they are)",
            example: "[npm ci, npm run build]",
            alsoCalled: ["commands", "steps", "run", "script"],
            """
            The commands that build it, one after the other, with the programs that the server has. Lines are split as a shell \
            splits words, but no shell runs them. They see `TEAL_COMMIT`, `TEAL_SERVICE` and `TEAL_ENVIRONMENT`.
            """
        ),
        .init(
            "source.output",
            .text,
            default: ".",
            example: "dist",
            alsoCalled: ["out", "dist", "artifact"],
            """
            The directory that becomes the artifact, from `directory`; `command` runs in it. A `.git` in it is left out.
            """
        ),
        .init(
            "source.timeout",
            .duration(.seconds(1)...(.seconds(6 * 3600))),
            default: "15m",
            example: "30m",
            "How long fetching and building may take together."
        ),
        .init(
            "source.env",
            .map(placeholder: "variable", .text),
            example: "NODE_ENV: production",
            isSecret: true,
            alsoCalled: ["environment", "variables"],
            "Variables of the commands; the service's own are not among them."
        ),
        .init(
            "source.secrets",
            .list(.text),
            example: "[NPM_TOKEN]",
            alsoCalled: ["secret"],
            "Secrets that the commands get as variables, by name, with values from where the service's are."
        ),
        .init(
            "source.username",
            .text,
            example: "x-access-token",
            alsoCalled: ["user"],
            "Who reads the repository over https."
        ),
        .init(
            "source.password",
            .text,
            example: "GIT_TOKEN",
            isSecret: true,
            alsoCalled: ["token"],
            "The name of the secret that is the password or token of `username`."
        ),
        .init(
            "source.key",
            .text,
            default: "(what the daemon's user has for ssh)",
            example: "DEPLOY_KEY",
            isSecret: true,
            alsoCalled: ["sshKey", "deployKey", "identity"],
            "The name of the secret that is the private key which reads the repository over ssh."
        ),
        .init(
            "source.artifactMax",
            .size((1 << 20)...(4 << 30)),
            default: "1g",
            example: "200m",
            "What the artifact may hold."
        ),
        .init(
            "source.diskMax",
            .size((1 << 20)...(1 << 40)),
            default: "8g",
            example: "20g",
            "What checkout and build may take on the server's disk together, while they are under way."
        ),
    ]
}
