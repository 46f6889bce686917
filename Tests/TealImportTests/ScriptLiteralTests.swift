import Foundation
import TealCore
import TealImport
import Testing

struct `JavaScript is read as data where it is data` {
    @Test(arguments: [
        "module.exports = {apps: [{name: 'a', script: 'a.js'}]}",
        "module.exports = {apps: [{name: 'a', script: 'a.js',},],};",
        "'use strict';\nmodule.exports = { \"apps\": [ { \"name\": \"a\", \"script\": \"a.js\" } ] };",
        "// who\n/* why */ module . exports = ({apps: [{name: `a`, script: \"a.js\" /* here */}]})",
        "export default {apps: [{name: 'a', script: 'a.js'}]}",
        "exports = module.exports = {apps: {name: '\\x61', script: '\\u0061.js'}}",
        "#!/usr/bin/env node\n[{name: 'a', script: 'a.\\\njs'}]",
        "{name: 'a', script: 'a.js', max_restarts: 0x10, min_uptime: 1e3, restart_delay: -0.5, log: undefined}",
    ])
    func `each way to write the same is understood`(_ text: String) throws {
        let folder = try Folder()
        let project = try folder.accepted(try folder.pm2(text))
        #expect(try project.named("a").command == ["node", "a.js"])
    }

    @Test(arguments: [
        ("const a = 1;\nmodule.exports = {}", 1, "`const` is code, not data"),
        ("module.exports = {\n  apps: require('./apps')\n}", 2, "`require` is code, not data"),
        ("module.exports = {\n  apps: [{name: 'a' + 'b'}]}", 2, "`+` is code, not data"),
        ("module.exports = {apps: [\n{name: `a${1}`}]}", 2, "`${…}` is code, not data"),
        ("module.exports = {\n...base}", 2, "`...` is code, not data"),
        ("module.exports = {apps: process.env.APPS}", 1, "`process.env.APPS` is code, not data"),
        ("module.exports = {apps: []}\nmodule.exports.deploy = {}", 2, "`module.exports.deploy` is code, not data"),
    ])
    func `what would have to be run is refused with its line`(_ text: String, _ line: Int, _ what: String) throws {
        let folder = try Folder()
        let failure = #expect(throws: ImportFailure.self) { try folder.pm2(text) }
        let problem = try #require(failure?.problem)
        #expect(problem.code == "import.not-data")
        #expect(problem.summary.contains(what), "\(problem.summary)")
        #expect(problem.at.first?.contains(".js:\(line):") == true, "\(problem.at)")
    }

    @Test(arguments: [
        ("{apps: [", "the list is not closed"), ("{apps: 'a", "the text is not closed"),
        ("{a: 1 b: 2}", "a comma is missing before `b`"),
        ("{a 1}", "a colon is missing after the key `a`"), ("/* x", "a comment is not closed"),
        ("", "the file ends where a value is expected"),
        ("{a: '\\uD800'}", "half of a surrogate pair is missing"), ("{a: 12x}", "`12x` is not a number"),
    ])
    func `what is not closed or wrong is told`(_ text: String, _ what: String) throws {
        let folder = try Folder()
        let failure = #expect(throws: ImportFailure.self) { try folder.pm2(text) }
        #expect(failure?.problem.code == "import.syntax")
        #expect(failure?.problem.summary.contains(what) == true, "\(failure?.problem.summary ?? "")")
    }

    @Test func `deep nesting and large files are refused`() throws {
        let folder = try Folder()
        let deep = String(repeating: "[", count: 5000)
        #expect(throws: ImportFailure.self) { try folder.pm2(deep) }
        #expect(throws: ImportFailure.self) { try folder.pm2(String(repeating: " ", count: 1 << 20 + 1)) }
    }
}
