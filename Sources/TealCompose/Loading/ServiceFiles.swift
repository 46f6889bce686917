import TealCore

/// Reads the env files and label files of services.
struct ServiceFiles {
    let problems: ProblemList
    let environment: [String: String]
    let places: ComposePlaces

    func read(into services: inout [String: ComposeService]) {
        for name in services.keys.sorted() {
            guard var service = services[name] else { continue }
            readVariables(of: &service)
            readLabels(of: &service)
            services[name] = service
        }
    }

    /// What the service itself says wins over its files, and later files over earlier ones.
    private func readVariables(of service: inout ComposeService) {
        let own = service.environment.mapValues { $0 }
        var values = own.compactMapValues { $0 }
        for (index, file) in service.envFiles.enumerated() {
            let key = NodePath(["services", service.name, "env_file"]).item(index)
            let place = places[key.parts]
            guard file.isRequired || LocalFile.exists(file.path) else { continue }
            if let format = file.format, format != "raw", format != ".env" {
                problems.add(
                    .value,
                    at: place,
                    key.key("format"),
                    value: Phrase.short(format),
                    "there is no env file format of that name",
                    "Remove `format`."
                )
                continue
            }
            if file.format == "raw" {
                readRaw(file.path, into: &values, at: place, key)
                continue
            }
            EnvFileReading(problems: problems).read(file.path, into: &values, namedAt: place, key) { name in
                environment[name] ?? own[name].flatMap { $0 }
            }
        }
        service.environment = values.mapValues { Optional($0) }.merging(own) { $1 }
    }

    /// Lines as they are: nothing is a quote, a comment behind a value or a variable.
    private func readRaw(_ path: String, into values: inout [String: String], at place: SourcePlace, _ key: NodePath) {
        do {
            let lines = try LocalFile.text(path).split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
            for (index, line) in lines.enumerated() {
                let line = line.drop(while: \.isWhitespace)
                guard !line.isEmpty, !line.hasPrefix("#") else { continue }
                let name = String(line.prefix { $0 != "=" })
                guard !name.isEmpty, !name.contains(where: \.isWhitespace) else {
                    let place = SourcePlace(file: path, line: index + 1, column: 1)
                    problems.add(.envFile, at: place, "the line names no variable", "Write `KEY=VALUE`.")
                    continue
                }
                if name.count < line.count {
                    values[name] = String(line.dropFirst(name.count + 1))
                } else if let value = environment[name] {
                    values[name] = value
                }
            }
        } catch {
            problems.add(
                .envFile,
                at: place,
                key,
                value: path,
                "the env file \(error.phrase)",
                error.advice ?? "Write it, or correct its path."
            )
        }
    }

    private func readLabels(of service: inout ComposeService) {
        guard !service.labelFiles.isEmpty else { return }
        var labels: [String: String] = [:]
        for (index, path) in service.labelFiles.enumerated() {
            let key = NodePath(["services", service.name, "label_file"]).item(index)
            EnvFileReading(problems: problems, kind: "label file")
                .read(path, into: &labels, namedAt: places[key.parts], key) { _ in nil }
        }
        service.labels = labels.merging(service.labels) { $1 }
    }
}
