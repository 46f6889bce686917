import Foundation

/// Lets node run a file of JavaScript, and reads the value that it exports.
///
/// The file runs in its own folder, so that it finds its modules, with `PATH`, `HOME`, `TMPDIR` and `LANG` as its only
/// variables: what it takes from others would otherwise end up in a file that is committed.
struct NodeEvaluation {
    /// The most that it may write, in bytes.
    static let outputBytesMax = 4 << 20

    /// An absolute path.
    let program: String

    /// The node that `PATH` leads to; nil without one.
    static func find(path: String?) -> NodeEvaluation? {
        for directory in (path ?? "").split(separator: ":") where directory.hasPrefix("/") {
            let program = "\(directory)/node"
            if ForeignFile.isProgram(program) { return NodeEvaluation(program: program) }
        }
        return nil
    }

    /// The variables that a file gets.
    static func kept(_ variables: [String: String]) -> [String: String] {
        variables.filter { ["PATH", "HOME", "TMPDIR", "LANG"].contains($0.key) }
    }

    /// What the file exports, and the variables that it asked for and did not get, sorted.
    func value(
        of path: String,
        variables: [String: String],
        limit: Duration
    ) throws(ImportFailure) -> (value: ForeignValue, wanted: [String]) {
        let kept = Self.kept(variables)
        let child = ChildProcess(
            program: program,
            arguments: ["-", path],
            environment: kept,
            input: Self.script
        )
        let result: ChildProcess.Result
        do {
            result = try child.run(limit: limit, bytesMax: Self.outputBytesMax)
        } catch {
            switch error {
            case .notStarted(let reason): throw .evaluation(path: path, "\(program) does not start: \(reason)")
            case .tooSlow:
                throw .evaluation(path: path, "node was stopped: the file ran longer than \(limit.components.seconds)s")
            case .tooMuch(let bytesMax):
                throw .evaluation(path: path, "node was stopped: the file wrote more than \(bytesMax >> 20)m")
            }
        }
        guard result.code == 0 else {
            throw .evaluation(path: path, "node ended with \(result.code): \(Self.reason(result.errors))")
        }
        let text = String(decoding: result.output, as: UTF8.self)
        guard let mark = text.range(of: Self.mark, options: .backwards) else {
            throw .evaluation(path: path, "node ended before it had told what the file exports")
        }
        let answer = try ScriptLiteral.file(String(text[mark.upperBound...]), path: path, directory: "")
        let wanted = (answer["wanted"]?.items ?? []).compactMap(\.text).sorted()
        return (Self.unmarked(answer["value"] ?? .undefined), wanted)
    }

    /// The line of node's complaint that says what is wrong.
    private static func reason(_ errors: String) -> String {
        let lines = errors.split(separator: "\n").map { String($0.prefix(200)) }
        return lines.first { $0.contains("Error") } ?? lines.first ?? "it wrote nothing"
    }

    /// The value with what JSON has no word for put back in.
    private static func unmarked(_ value: ForeignValue) -> ForeignValue {
        switch value {
        case .object(let fields):
            if fields.count == 1, fields[0].name == Self.tag {
                return fields[0].value == .string("undefined") ? .undefined : .code
            }
            return .object(fields.map { ForeignField(name: $0.name, value: unmarked($0.value), line: nil) })
        case .list(let items): return .list(items.map(unmarked))
        default: return value
        }
    }

    private static let mark = "\u{1}teal-import\u{1}"
    private static let tag = "\u{1}teal\u{1}"

    /// What node runs: it loads the file and writes its export as JSON behind a mark.
    private static let script = #"""
        const { writeSync } = require('fs');
        const { pathToFileURL } = require('url');
        const path = process.argv[2];
        const wanted = new Set();
        process.argv.splice(1, 1);
        process.chdir(require('path').dirname(path));
        process.env = new Proxy(process.env, {
          get(target, name) {
            if (typeof name === 'string' && !(name in target) && !/^(NODE|npm)_|^(DEBUG|FORCE_COLOR|NO_COLOR|TERM|CI)$/.test(name)) wanted.add(name);
            return target[name];
          },
        });
        process.stdout.write = process.stderr.write.bind(process.stderr);
        const mark = (kind) => ({ '\u0001teal\u0001': kind });
        const seen = [];
        const plain = (value) => {
          if (value === undefined) return mark('undefined');
          if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
          if (typeof value === 'number') return Number.isFinite(value) ? value : mark('code');
          if (typeof value === 'bigint') return Number(value);
          if (typeof value !== 'object') return mark('code');
          if (value instanceof Date || value instanceof RegExp) return String(value);
          if (seen.includes(value) || seen.length > 50) return mark('code');
          seen.push(value);
          const copy = Array.isArray(value)
            ? Array.from(value, plain)
            : Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]));
          seen.pop();
          return copy;
        };
        const tell = (value) => {
          const text = JSON.stringify({ value: plain(value), wanted: [...wanted] });
          const bytes = Buffer.from('\u0001teal-import\u0001' + text);
          for (let at = 0; at < bytes.length; ) {
            try { at += writeSync(1, bytes, at); } catch (error) { if (error.code !== 'EAGAIN') throw error; }
          }
          process.exit(0);
        };
        const load = async () => {
          try {
            return require(path);
          } catch (error) {
            if (!['ERR_REQUIRE_ESM', 'ERR_REQUIRE_ASYNC_MODULE'].includes(error.code) && !/\.mjs$/.test(path)) throw error;
            return import(pathToFileURL(path));
          }
        };
        load().then((value) => {
          const inner = value && value.default !== undefined && (value.__esModule || value[Symbol.toStringTag] === 'Module') ? value.default : value;
          return Promise.resolve(inner).then(tell);
        }).catch((error) => {
          process.stderr.write(String((error && error.name) || 'Error') + ': ' + String((error && error.message) || error).split('\n')[0] + '\n');
          process.exit(1);
        });
        """#
}
