import TealCore

/// Writes the reference page of `teal.yml` in Markdown, from the table of keys.
package enum ReferencePage {
    /// The page as a text with a line end at its end.
    package static func render() -> String {
        var parts = [introduction]
        parts.append("## The file\n\n" + table(.file))
        parts += sections(below: .file, prefix: "")
        parts.append(
            """
            ## Services\n\nThe keys of `services.<service>`, of `defaults` and of \
            `environments.<environment>.services.<service>`.\n\n
            """
                + table(.service)
        )
        parts += sections(below: .service, prefix: "")
        return parts.joined(separator: "\n\n") + "\n"
    }

    /// The tables of the mappings with fixed keys behind the keys of a scope, in order.
    private static func sections(below scope: KeyScope, prefix: String) -> [String] {
        var parts: [String] = []
        for key in scope.keys where key.type.holdsSection {
            let below = scope.below(key)
            guard !below.keys.isEmpty else { continue }
            parts.append("### `\(below.path)`\n\n\(key.text)\n\n" + table(below))
            parts += sections(below: below, prefix: below.path)
        }
        return parts
    }

    private static func table(_ scope: KeyScope) -> String {
        let head = "| key | value | default | what it says |\n|---|---|---|---|\n"
        return head + scope.keys.map(row).joined(separator: "\n")
    }

    private static func row(_ key: KeyReference) -> String {
        var name = "`\(key.name)`"
        if let alias = key.alias { name += " or `\(alias)`" }
        let standard: String
        if let text = key.defaultText {
            standard = text.hasPrefix("(") ? String(text.dropFirst().dropLast()) : code(text)
        } else {
            standard = key.isRequired ? "**required**" : "–"
        }
        var text = key.text
        if !key.example.contains("\n") {
            let example = key.type.isMap && !key.example.hasPrefix("{") ? "{\(key.example)}" : key.example
            text += " Example: `\(key.name): \(example)`"
        }
        return "| \(name) | \(escape(key.type.label)) | \(escape(standard)) | \(escape(text)) |"
    }

    /// The default as code, up to a phrase in parentheses.
    private static func code(_ text: String) -> String {
        guard let open = text.firstRange(of: " (") else { return text.contains("`") ? text : "`\(text)`" }
        return "`\(text[..<open.lowerBound])`\(text[open.lowerBound...])"
    }

    private static func escape(_ text: String) -> String { text.replacing("|", with: "\\|") }

    private static let introduction = """
        # teal.yml

        <!-- Generated from Teal's table of keys; `TEAL_UPDATE_DOCS=1 swift test --filter TealConfigTests` writes it anew. -->

        One file describes a project: its services, where they are released, and how. A service with an artifact or an \
        image, a port and a host name is enough:

        ```yaml
        project: shop
        services:
          web:
            image: ghcr.io/acme/shop:1.4.2
            port: 8080
            host: shop.example.com
        ```

        `teal init` writes a first file with every key in it, commented out. `teal validate` tells everything that is \
        wrong with a file at once. What was assumed because it was not written is part of `teal plan`. Editors complete \
        and check the file with `docs/teal.schema.json`.

        ## How values are written

        - **Durations** have a unit: `250ms`, `4s`, `2m`, `1h30m`, `1d`. **Sizes** too: `512m`, `20MiB`, `1g`; every \
        unit is a power of 1024.
        - **Commands** are a line, split into words as a shell splits it but run without one, or a list of words.
        - **Names** of projects, services, groups, environments, hooks and smoke requests are 1 to \
        \(ProjectName.bytesMax) of `a`–`z`, `0`–`9` and `-`, beginning with a letter and not ending with `-`.
        - **Paths** of files are from the directory of teal.yml; `~/` is the home directory.
        - **Variables** stand in any value: `${NAME}` (an error when it is not set), `${NAME:-default}` (also when it \
        is empty), `${NAME-default}`, `${NAME:?message}`, `${NAME?message}`. They come from the environment of the \
        command, then from the file `.env` beside teal.yml, which is read by the rules of Compose where `compose` is \
        written. A default may have braces in pairs, as JSON has. `$$` is a \
        dollar sign; a `$` without brace stays as it is.
        - **Env files** have lines `KEY=VALUE`, with or without `export`. A value in single quotes is taken as it is; \
        in double quotes `\\n`, `\\t`, `\\"`, `\\\\` and `\\$` are understood. Variables are not filled in.
        - **Numbers** are decimal: `8080`, `0.5`. Not `0x50`, and not `080`, which YAML's versions read differently.
        - Keys that begin with `x-` at the top level are ignored, as a place for YAML anchors. Any other key that Teal \
        does not know is an error.

        ## Which value wins

        A service's keys lie over those of `defaults`, and an environment's `services` lie over the service. Mappings \
        are merged key by key; lists and single values are replaced. Keys that exclude each other (`image` and \
        `artifact`, `routes` and `host`, the ways of a health check) replace each other. Inside a service `env` wins \
        over `envFiles`, and a later env file over an earlier one.

        What is written for a service of a Compose file, `defaults` included, lies over what the Compose files say of it \
        (docs/compose.md); `needs` and `secrets` are added.

        Without `--environment` the values are those of the only environment, or of `production`, or of the first.

        ## What is secret

        Only what a service names under `secrets` is secret: its value is sealed on the host and hidden in logs; \
        only the record of a running replica has it open: of a process a file that the daemon's user alone may read, of a \
        container what `docker inspect` shows to whoever may use the Engine. The value stands in `secretsFile`, or in one \
        of the service's `envFiles`. Everything else, whether it is written in teal.yml, comes from an env file, or is \
        filled in from `.env` by `${NAME}`, is kept as plain text in the host's journal. `teal validate` and `teal plan` \
        warn of what looks secret there, and of a secrets file that others may read.

        ## What a replica is told

        Beside its own variables every replica has `TEAL_SERVICE`, `TEAL_RELEASE` (`web@42`), `PORT`, the port that it is to \
        listen on (whatever was written for an image), `HOST`, the address to listen at unless that is set (loopback for a \
        process, `0.0.0.0` in a container), `TEAL_SLOT` (`blue` or `green`), `TEAL_REPLICA` (from 0) and `TEAL_ACTIVE` (`1`, or \
        `0` while a service with `background: handover` is not to work). Migrations have the first two alone. A service of a Compose file has no `PORT` and no `HOST` but its own.

        ## What is left out of an artifact

        An artifact that is a directory is packed without `.git`, `.teal`, every file of secrets that teal.yml names, \
        `.env`, and the `envFiles`; `teal plan` and `teal validate` say so where there was one. Name what else does not \
        belong to it in a file `.tealignore` in that directory, or beside teal.yml:

        ```
        # A line is a pattern, as in .gitignore.
        node_modules/
        *.log
        /docs/**/*.md
        !.env
        ```

        `*` and `?` stand for characters of a name, `**` for any names. A slash within a pattern binds it to the file's \
        directory, one at its end means directories only. `!` brings back what a line before it, or Teal by itself, left \
        out; it does so for `.env` and env files, not for `.git`, `.teal` and files of secrets, nor for what is in a \
        directory that is left out. A tarball is handed over as it is.

        An artifact has at most 200000 files and directories, 4 GiB, and paths of 4096 bytes. Links lead to other places in \
        it; devices, pipes and sockets are refused.

        ## Limits

        A file has at most \(SizeText.text(YAMLReading.bytesMax)), \(YAMLReading.nodesMax) values (what an alias \
        repeats counts each time), \(YAMLReading.depthMax) levels and \(ProjectDecoding.servicesMax) services; a value \
        has at most \(SizeText.text(VariableText.bytesMax)) once its variables are filled in, and an env file at most \
        \(SizeText.text(EnvFile.bytesMax)).
        """
}

extension ValueType {
    /// Whether it is a mapping by free names.
    var isMap: Bool {
        guard case .map = self else { return false }
        return true
    }
}
