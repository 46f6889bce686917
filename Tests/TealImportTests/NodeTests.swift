import Foundation
import TealConfig
import TealCore
import TealImport
import Testing

enum Node {
    static let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    static var isThere: Bool {
        path.split(separator: ":").contains { FileManager.default.isExecutableFile(atPath: "\($0)/node") }
    }
    /// Whether the suite has to run, with node or without.
    static var isRequired: Bool { ProcessInfo.processInfo.environment["TEAL_REQUIRE_SERVICES"] == "1" }
}

@Suite(.enabled(if: Node.isThere, "no node in PATH"))
struct `Node runs an ecosystem file` {
    private func run(_ folder: Folder, _ name: String, variables: [String: String] = [:]) throws -> ForeignImport {
        var options = folder.options
        options.runsNode = true
        options.variables = variables.merging(["PATH": Node.path]) { given, _ in given }
        return try ForeignImport.pm2("\(folder.path)/\(name)", options)
    }

    @Test func `modules are found from the file's folder, and what it prints does no harm`() throws {
        let folder = try Folder([
            "node_modules/names/index.js": "module.exports = {api: 'api'};",
            "ecosystem.config.js": """
            const names = require('names');
            console.log('{"apps": []}');
            module.exports = {apps: [{name: names.api, script: 'a.js', port: 4000 + 1, env: {X: undefined, F: () => 1, N: NaN}}]};
            """,
        ])
        let made = try run(folder, "ecosystem.config.js")
        let service = try folder.accepted(made).named("api")
        #expect(service.port == 4001)
        #expect(made.remark.hasPrefix("run by /"))
        for name in ["X", "F", "N"] { #expect(made.entry("apps[0].env.\(name)")?.fate == .dropped) }
    }

    @Test(arguments: ["ecosystem.config.cjs", "ecosystem.config.mjs"])
    func `both kinds of modules are understood`(_ name: String) throws {
        let start = name.hasSuffix(".mjs") ? "export default" : "module.exports ="
        let folder = try Folder([name: "\(start) {apps: [{name: 'a' + 'b', script: 'a.js'}]};"])
        #expect(try folder.accepted(try run(folder, name)).services.first?.name.description == "ab")
    }

    @Test func `what it passes on of this machine is not written down`() throws {
        let folder = try Folder([
            "ecosystem.config.js": "module.exports = {apps: [{script: 'a.js', env: {...process.env, MODE: 'fast'}}]};"
        ])
        let made = try run(folder, "ecosystem.config.js", variables: ["HOME": "/home/ada", "LANG": "C.UTF-8"])
        let service = try #require(try folder.accepted(made).services.first)
        #expect(service.environment.keys.sorted() == ["MODE"])
        #expect(!made.text.contains("/home/ada"))
        #expect(made.entry("apps[0].env.PATH")?.fate == .dropped)
        #expect(made.entry("apps[0].env.HOME")?.text.contains("this machine") == true)
    }

    @Test func `variables of the person do not reach it, and are named`() throws {
        let folder = try Folder([
            "ecosystem.config.js": """
            module.exports = {apps: [{script: 'a.js', env: {DB_PASSWORD: process.env.DB_PASSWORD, REGION: process.env.REGION,
              LEVEL: process.env.LEVEL || 'info'}}]};
            """
        ])
        let made = try run(
            folder,
            "ecosystem.config.js",
            variables: ["DB_PASSWORD": "hunter2x", "REGION": "eu", "LEVEL": "debug"]
        )
        let service = try #require(try folder.accepted(made).services.first)
        #expect(service.environment == ["LEVEL": "info"])
        #expect(service.secrets.map(\.name) == ["DB_PASSWORD"])
        #expect(!"\(made)".contains("hunter2x"))
        #expect(made.report.warnings.contains { $0.contains("the variables DB_PASSWORD, LEVEL, REGION") })
        #expect(made.entry("apps[0].env.REGION")?.fate == .dropped)
    }

    @Test(arguments: [
        ("throw new Error('no luck')", "node ended with 1: Error: no luck"),
        ("require('./missing')", "Cannot find module './missing'"),
        ("module.exports = {", "SyntaxError"),
        ("process.exit(0)", "node ended before it had told what the file exports"),
        (
            "process.stderr.write('x'.repeat(1 << 20)); module.exports = {apps: 'y'.repeat(5 << 20)}",
            "the file wrote more than 4m"
        ),
    ])
    func `a file that does not end well is told`(_ text: String, _ what: String) throws {
        let folder = try Folder(["ecosystem.config.js": text])
        let failure = #expect(throws: ImportFailure.self) { try run(folder, "ecosystem.config.js") }
        #expect(failure?.problem.code == "import.evaluation")
        #expect(failure?.problem.summary.contains(what) == true, "\(failure?.problem.summary ?? "")")
    }

    @Test func `one that does not end is stopped, with what it began`() throws {
        let folder = try Folder()
        try folder.write(
            "ecosystem.config.js",
            """
            const child = require('child_process').spawn('sleep', ['60'], {stdio: 'inherit'});
            require('fs').writeFileSync('pid', String(child.pid));
            for (;;) {}
            """
        )
        var options = folder.options
        options.runsNode = true
        options.nodeLimit = .seconds(2)
        options.variables = ["PATH": Node.path]
        let failure = #expect(throws: ImportFailure.self) {
            try ForeignImport.pm2("\(folder.path)/ecosystem.config.js", options)
        }
        #expect(failure?.problem.summary == "nothing has been changed: node was stopped: the file ran longer than 2s")
        let text = try String(contentsOfFile: "\(folder.path)/pid", encoding: .utf8)
        let state = (try? String(contentsOfFile: "/proc/\(text)/stat", encoding: .utf8)) ?? ""
        #expect(state.isEmpty || state.contains(") Z "), "\(state)")
    }

    @Test func `the example is the same, run or read`() throws {
        let folder = Folder.checkout + "/examples/pm2"
        var options = ForeignImport.Options(target: folder, variables: ["PATH": Node.path], cores: 2)
        let run = try ForeignImport.pm2("\(folder)/ecosystem.config.js", options)
        options.runsNode = false
        let read = try ForeignImport.pm2("\(folder)/ecosystem.config.js", options)
        #expect(run.text == read.text)
        #expect(run.report.warnings == read.report.warnings)
    }
}

struct `Node is there where it has to be` {
    @Test func `with TEAL_REQUIRE_SERVICES its suite runs`() { #expect(Node.isThere || !Node.isRequired) }
}
