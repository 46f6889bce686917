import Glibc
import TealCore
import TealDriverKit

/// Which switch the routes of a home are with, as the home remembers it.
enum HomeSwitch: Hashable, Sendable {
    case proxy
    /// An nginx, where it says which table it follows, and Teal's file, by which it would do so again after a start.
    case nginx(status: Endpoint, include: String)

    var kind: SwitchKind {
        switch self {
        case .proxy: .proxy
        case .nginx: .nginx
        }
    }

    /// One line, such as `nginx 127.0.0.1:7079 /etc/nginx/conf.d/teal.conf`.
    var line: String {
        switch self {
        case .proxy: kind.rawValue
        case .nginx(let status, let include): "\(kind.rawValue) \(status) \(include)"
        }
    }

    /// Reads a line; nil for one that no Teal so far has written.
    init?(_ line: String) {
        // A path may have spaces.
        let words = line.split(separator: " ", maxSplits: 2)
        switch words.first.flatMap({ SwitchKind(rawValue: String($0)) }) {
        case .proxy where words.count == 1: self = .proxy
        case .nginx where words.count == 3:
            guard let colon = words[1].lastIndex(of: ":"), let port = Int(words[1][words[1].index(after: colon)...])
            else { return nil }
            self = .nginx(
                status: Endpoint(address: words[1][..<colon].filter { $0 != "[" && $0 != "]" }, port: port),
                include: String(words[2])
            )
        default: return nil
        }
    }

    /// Why the routes of a home may not be given to another switch now; nil when they may.
    ///
    /// What the former switch still follows would lead its users to places that others get, without anybody to move it.
    ///
    /// - Parameters:
    ///   - wanted: What the daemon was told to use.
    ///   - former: What has the routes.
    ///   - isFollowed: Whether the former still follows them.
    ///   - services: Those that take traffic.
    ///   - home: The home.
    /// - Returns: A problem with the way to do it.
    static func objection(
        to wanted: HomeSwitch,
        after former: HomeSwitch,
        isFollowed: Bool,
        services: [ServiceKey],
        home: String
    ) -> Problem? {
        guard wanted.kind != former.kind, isFollowed else { return nil }
        let users =
            services.isEmpty
            ? "no service takes traffic by it now"
            : "\(services.map { "\($0)" }.joined(separator: ", ")) \(services.count == 1 ? "takes" : "take") traffic by it"
        let end =
            switch former {
            case .proxy: "end the proxy (`ps -ef | grep teal-proxy`, then `kill` with its number)"
            case .nginx:
                "remove Teal's file from nginx, lead the sites that Teal switched elsewhere, and reload nginx"
            }
        return Problem(
            "daemon.switch-changed",
            "the daemon did not start, services go on as they are: the routes of the home \(home) are with "
                + "\(former.kind.words), which still follows them, and it was told to use \(wanted.kind.words); \(users)",
            next: [
                "Start it with `--switch \(former.kind.rawValue)`",
                "Or change over: \(end), then start the daemon with `--switch \(wanted.kind.rawValue)`; users have no answer "
                    + "in between",
            ]
        )
    }
}

extension Home {
    /// What has the routes of this home; the proxy where nothing is written, as homes from before there was a choice have it.
    func readSwitch() throws(Problem) -> HomeSwitch {
        guard let line = TextFile.firstLine(switchFile) else { return .proxy }
        guard let known = HomeSwitch(line) else {
            throw Problem(
                "daemon.home",
                "the daemon did not start, services go on as they are: \(switchFile) says '\(line)', which this Teal does not know",
                next: ["A later Teal has written it: install that one again"]
            )
        }
        return known
    }

    /// Remembers what has the routes from now on; to be called before it is told of them.
    func write(_ chosen: HomeSwitch) throws(Problem) {
        guard TextFile.firstLine(switchFile) != chosen.line else { return }
        let code = TextFile.replace(switchFile, with: chosen.line + "\n", mode: 0o600)
        guard code == 0 else {
            throw Problem(
                "daemon.home",
                "the daemon did not start, services go on as they are: \(switchFile): \(String(cString: strerror(code)))"
            )
        }
    }
}
