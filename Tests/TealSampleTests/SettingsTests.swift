import Testing

@testable import TealSample

@Suite struct `Settings come from the environment` {
    @Test func `every wrong variable is named at once`() {
        let error = #expect(throws: SettingsError.self) {
            try Settings(environment: ["PORT": "0", "SAMPLE_HEALTH": "maybe", "SAMPLE_ERROR_RATE": "2"])
        }
        #expect(error?.complaints.count == 3)
    }

    @Test func `a worker needs no port`() throws {
        let settings = try Settings(environment: ["SAMPLE_NO_HTTP": "1", "TEAL_ACTIVE": "0"])
        #expect(settings.listener == .none)
        #expect(!settings.startsActive)
    }

    @Test func `the wrong port replaces the right one`() throws {
        let settings = try Settings(environment: ["PORT": "80", "SAMPLE_LISTEN": "wrong-port:81"])
        #expect(settings.listener == .port(81))
    }

    @Test func `values that may be secret are not shown`() throws {
        let settings = try Settings(environment: ["PORT": "80", "DATABASE_URL": "postgres://u:p@h/d"])
        #expect(settings.visibleEnvironment.map(\.value) == [nil, "80"])
    }

    @Test func `each need is a place, and every wrong one is named`() throws {
        let settings = try Settings(environment: ["PORT": "80", "SAMPLE_NEEDS": "db:5432,redis:6379"])
        #expect(settings.needs.map(\.description) == ["db:5432", "redis:6379"])
        let error = #expect(throws: SettingsError.self) {
            try Settings(environment: ["PORT": "80", "SAMPLE_NEEDS": "db,redis:6379,:1"])
        }
        #expect(error?.complaints.map { $0.prefix(18) } == ["SAMPLE_NEEDS is db", "SAMPLE_NEEDS is :1"])
    }

    @Test func `a share of errors is spread evenly`() {
        var share = ErrorShare(0.1)
        let failed = (0..<1000).map { _ in share.next() }
        #expect(failed.filter(\.self).count == 100)
        #expect(failed.prefix(10) == [false, false, false, false, false, false, false, false, false, true])
    }
}
