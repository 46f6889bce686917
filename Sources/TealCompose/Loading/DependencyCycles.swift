/// Finds services that wait for each other, so that none can be first.
struct DependencyCycles {
    let project: ComposeProject
    let problems: ProblemList

    func check() {
        var done: Set<String> = []
        for name in project.services.keys.sorted() { visit(name, [], &done) }
    }

    private func visit(_ name: String, _ path: [String], _ done: inout Set<String>) {
        if let first = path.firstIndex(of: name) {
            report(Array(path[first...]) + [name])
            return
        }
        guard !done.contains(name), let service = project.services[name] else { return }
        for next in service.dependencies.keys.sorted() { visit(next, path + [name], &done) }
        done.insert(name)
    }

    private func report(_ circle: [String]) {
        let path = NodePath(["services", circle[0], "depends_on", circle[1]])
        problems.add(
            .cycle,
            at: project.places[path.parts],
            path,
            circle.count == 2
                ? "the service `\(circle[0])` depends on itself"
                : "services depend on each other in a circle: \(circle.joined(separator: " → "))",
            "Remove one of these dependencies; links, `network_mode: service:…` and `volumes_from` are some too."
        )
    }
}
