/// Finds services that wait for each other, so that none can be first.
struct DependencyCycles {
    let project: ComposeProject
    let problems: ProblemList

    /// A service on the way from the first one, with those that it waits for and that have not been looked at.
    private struct Step {
        let name: String
        var rest: ArraySlice<String>
    }

    /// Walks without recursion, since nothing bounds how many services wait for one another.
    func check() {
        var done: Set<String> = []
        for name in project.services.keys.sorted() {
            var way: [Step] = []
            var positions: [String: Int] = [:]
            enter(name, &way, &positions, done)
            while let step = way.last {
                guard let next = step.rest.first else {
                    done.insert(step.name)
                    positions[step.name] = nil
                    way.removeLast()
                    continue
                }
                way[way.count - 1].rest.removeFirst()
                if let first = positions[next] {
                    report(way[first...].map(\.name) + [next])
                } else {
                    enter(next, &way, &positions, done)
                }
            }
        }
    }

    private func enter(_ name: String, _ way: inout [Step], _ positions: inout [String: Int], _ done: Set<String>) {
        guard !done.contains(name), let service = project.services[name] else { return }
        positions[name] = way.count
        way.append(Step(name: name, rest: service.dependencies.keys.sorted()[...]))
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
