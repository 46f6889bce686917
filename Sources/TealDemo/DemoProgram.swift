import Glibc

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The demo from its beginning to its end.
package enum DemoProgram {
    /// How long the generator may take to finish its streams, in seconds.
    private static let loadEndSeconds = 30

    /// Runs the demo; everything it started is gone when it returns or is interrupted.
    ///
    /// - Returns: 0 when every release ended as it had to and no user noticed anything, 1 otherwise.
    package static func run(_ options: DemoOptions) -> Int32 {
        let screen = Screen(environment: ProcessInfo.processInfo.environment)
        screen.opening()
        do throws(DemoFailure) {
            let times = options.isShort ? DemoTimes.short : .usual
            let stage = try Stage(
                programs: options.programs,
                projectText: ProjectText.make(times, options.runtime),
                runtime: options.runtime,
                keepsHome: options.keepsHome
            )
            let interruption = Interruption { number in
                screen.interrupted()
                stage.interrupt()
                exit(128 + number)
            }
            defer {
                stage.goOn()
                stage.strike()
                withExtendedLifetime(interruption) {}
            }
            if options.keepsHome { screen.ready("home", "\(stage.root), kept") }
            return try perform(options, times, on: stage, screen) ? 0 : 1
        } catch {
            screen.line()
            screen.line("  " + screen.ink.red("The demo could not go on: ") + error.text)
            return 1
        }
    }

    private static func perform(
        _ options: DemoOptions,
        _ times: DemoTimes,
        on stage: Stage,
        _ screen: Screen
    ) throws(DemoFailure) -> Bool {
        let address = try stage.serve()
        screen.ready("teal serve", "daemon and proxy, http://\(address); \(options.runtime.words)")
        var routed = RoutedLines(active: Story.opening.version)
        let watch = ActWatch(stage: stage, screen: screen)
        var results = [try watch.run(Story.opening, routed: &routed)]
        guard results[0].isAsExpected else {
            screen.line("  " + screen.ink.red("There is nothing to put load on."))
            return false
        }

        try RoutedFile(path: stage.routedFile).append([routed.active])
        let load = try stage.load(on: address, rate: options.rate, times: times)
        screen.line()
        screen.ready("load", "\(options.rate) requests a second from another process, 2 streams and 2 event streams of")
        screen.ready("", "\(times.stream) s, 2 WebSockets, and 1 pair of WebSockets that must meet in one process")
        if let code = load.end(within: times.lead) {
            throw .ended(what: "the load generator", code: code, lastLines: [])
        }
        for act in Story.acts { results.append(try watch.run(act, routed: &routed)) }

        stage.goOn()
        let report = try finish(load, stage)
        stage.goOn()
        let verdict = Verdict(results, report)
        screen.line()
        for line in ResultTable(results: results, report: report, ink: screen.ink, width: screen.width).lines {
            screen.line(line)
        }
        try DemoResult(options.runtime, results, report).write(to: options.resultFile)
        screen.closing(verdict)
        return verdict.isGood
    }

    private static func finish(_ load: Child, _ stage: Stage) throws(DemoFailure) -> LoadReport {
        kill(load.pid, SIGTERM)
        guard load.end(within: loadEndSeconds) != nil else {
            throw .late(what: "the end of the load generator", seconds: loadEndSeconds)
        }
        stage.forget(load)
        // Its exit code says no more than the report, which is judged.
        guard let data = FileManager.default.contents(atPath: stage.loadReport),
            let report = try? JSONDecoder().decode(LoadReport.self, from: data)
        else { throw .unreadable(what: "the load generator's report") }
        return report
    }
}
