import Foundation
import TealConfig
import TealCore
import Testing

/// A case of `Fixtures/messages.txt`: a name behind `===`, a file, and behind `---` everything that is said about it.
struct MessageCase: CustomTestStringConvertible {
    let name: String
    let text: String
    let expected: String

    var testDescription: String { name }
    static let path = Workplace.checkout + "/Tests/TealConfigTests/Fixtures/messages.txt"

    static func all() throws -> [MessageCase] {
        try String(contentsOfFile: path, encoding: .utf8).components(separatedBy: "=== ").dropFirst().map { part in
            let halves = part.components(separatedBy: "\n---\n")
            let lines = halves[0].split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
            let expected = halves.count > 1 ? halves[1].trimmingCharacters(in: .newlines) : ""
            return MessageCase(name: String(lines[0]), text: lines.count > 1 ? "\(lines[1])\n" : "", expected: expected)
        }
    }

    /// What is said about the file, with the directory's path made the same for every run.
    func said() throws -> String {
        let place = try Workplace(files: ["web.env": "A=1\nnot a line\n2B=3\n", "notes.txt": "no tarball\n"])
        do {
            let project = try place.read(text)
            return "no problem in \(project.name)"
        } catch let problems as ConfigurationProblems {
            return problems.description.replacingOccurrences(of: place.path, with: "/project")
        }
    }
}

struct `Messages are worded as they are written down` {
    @Test func `every message is word for word as in the fixture`() throws {
        let cases = try MessageCase.all()
        if Workplace.updatesDocuments {
            let texts = try cases.map { "=== \($0.name)\n\($0.text)---\n\(try $0.said())\n" }
            try texts.joined(separator: "\n").write(toFile: MessageCase.path, atomically: true, encoding: .utf8)
        }
        for sample in try MessageCase.all() {
            #expect(try sample.said() == sample.expected, "\(sample.name)")
        }
        #expect(cases.count >= 40)
    }

    @Test func `a finding has every part that an editor or a script needs`() throws {
        let place = try Workplace()
        let finding = try #require(try place.findings(Workplace.text(enough + "\nreplica: 3")).first)
        #expect(finding.code == .unknownKey)
        #expect(finding.file == "teal.yml")
        #expect(finding.place == Place(line: 7, column: 5))
        #expect(finding.key == "services.web.replica")
        #expect(finding.value == "3")
        #expect(finding.suggestion == "Did you mean `replicas`?")
        #expect(finding.problem.code == "config.unknown-key")
        #expect(finding.problem.at == ["teal.yml:7:5, services.web.replica: 3"])
    }

    @Test func `everything that is wrong is said at once`() throws {
        let place = try Workplace()
        let findings = try place.findings(
            Workplace.text(
                "image: shop:1\nport: 80800\nhosst: a.example.com\nreplicas: many\nstop: {grace: 10}\nneeds: [db]"
            )
        )
        #expect(findings.map(\.code) == [.missing, .value, .unknownKey, .value, .value, .reference])
        #expect(findings.map(\.place.line) == [3, 5, 6, 7, 8, 9])
    }

    @Test(arguments: [
        "env: {A: 'x ${hunter2'}", "env: {A: 'hunter2 ${MISSING}'}", "env: {A: '${X=hunter2}'}",
        "secrets: [A=hunter2]", "secrets: ['A: hunter2']", "secrets: [{name: A, value: hunter2}]",
        "secrets: {A: hunter2}", "api_token: hunter2", "environmentVariable: hunter2",
        "health: {headers: {Authorization: 'hunter2 ${MISSING}'}}",
    ])
    func `no message shows what may be secret`(keys: String) throws {
        let findings = try Workplace().findings(Workplace.text(enough + "\n" + keys))
        #expect(!findings.isEmpty)
        #expect(!findings.map(\.problem.description).joined().replacing("${hunter2", with: "").contains("hunter2"))
    }

    @Test func `no message shows a value of env or of an env file`() throws {
        let place = try Workplace(files: ["web.env": "hunter2 without a key\n"])
        let text = Workplace.text(enough + "\nenvFile: web.env\nenv: {2BAD: hunter2, B: [hunter2]}\nsecrets: [B]")
        do {
            _ = try place.read(text)
            Issue.record("the file was accepted")
        } catch let problems as ConfigurationProblems {
            #expect(!problems.description.contains("hunter2"))
        }
    }
}
