/// The `teal.yml` of the demo: the sample service, its behaviour set by the command's environment.
enum ProjectText {
    static let host = "demo.localhost"

    /// The service's file.
    ///
    /// - Parameters:
    ///   - times: How long things take.
    ///   - runtime: What the service runs as.
    /// - Returns: YAML.
    static func make(_ times: DemoTimes, _ runtime: DemoRuntime) -> String {
        """
        project: demo
        services:
          web:
            \(source(runtime).joined(separator: "\n    "))
            port: 8080
            host: \(host)
            env:
              SAMPLE_VERSION: ${VERSION}
              SAMPLE_HEALTH: ${HEALTH:-ok}
              SAMPLE_SMOKE_FAIL: ${SMOKE_FAIL:-0}
              SAMPLE_ERROR_RATE: ${ERRORS:-0}
            upgraded:
              /ws: {mode: keep, limit: \(times.upgradedLimit)s}
              /relay: close
            health:
              path: /health
              json: {success: true}
              timeout: 2s
              deadline: \(times.healthDeadline)s
            smoke:
              - {name: front-page, path: /smoke, status: 200}
            watch: {window: \(times.watch)s}

        """
    }

    /// What the service runs from, a line each.
    private static func source(_ runtime: DemoRuntime) -> [String] {
        switch runtime {
        case .processes: ["artifact: app", "command: teal-sample"]
        case .containers(let image, _): ["image: \(image)"]
        }
    }
}
