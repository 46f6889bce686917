import NIOHTTP1

/// Decides what is answered to a request; opens nothing, waits for nothing.
struct Routes {
    /// The longest filled body, 4 GiB.
    static let fillBytesMax = 1 << 32
    /// The longest padding of an echo, 1 MiB.
    static let padBytesMax = 1 << 20
    /// The longest stream, one hour.
    static let streamSecondsMax = 3600

    private let settings: Settings
    private let pid: Int32
    private var errors: ErrorShare

    init(settings: Settings, pid: Int32) {
        self.settings = settings
        self.pid = pid
        self.errors = ErrorShare(settings.errorRate)
    }

    /// The answer; counts the request for the share of errors.
    ///
    /// - Parameters:
    ///   - request: What is asked.
    ///   - lacking: What the service needs and cannot reach yet.
    /// - Returns: What is to be done; nothing has been done yet.
    mutating func answer(to request: Request, lacking: [HostPort] = []) -> Answer {
        switch request.path {
        case "/health", "/api/health": .page(health(json: true, lacking))
        case "/up": .page(health(json: false, lacking))
        case "/smoke": .page(smoke)
        case "/teal/activate" where request.head.method == .POST: .activity(.activate)
        case "/teal/deactivate" where request.head.method == .POST: .activity(.deactivate)
        case "/teal/activity": .activity(.none)
        case "/stream": stream(request)
        case "/sse": events(request)
        case "/ws", "/socket.io": .webSocket(.echo)
        case "/relay", "/api/terminal/relay": .webSocket(.relay(room: request.query("room") ?? ""))
        case "/download": .fill(bytes: request.count("mib", default: 1, in: 0...4096) << 20)
        default: normal(request)
        }
    }

    /// An ordinary request: may be slow and may fail, as the settings say.
    private mutating func normal(_ request: Request) -> Answer {
        if errors.next() {
            return .page(Page(status: 500, body: "this release fails on purpose\n", delay: settings.slow))
        }
        var page: Page
        switch request.path {
        case "/echo": page = echo(request)
        case "/bytes":
            let bytes = request.count("n", default: 0, in: 0...Self.fillBytesMax)
            guard settings.slow > .zero, bytes <= Self.padBytesMax else { return .fill(bytes: bytes) }
            page = Page(body: String(repeating: "x", count: bytes))
        case "/env": page = environment
        case "/who": page = .json("{\"version\":\(quoted(settings.version)),\"pid\":\(pid)}\n")
        case "/": page = Page(body: "sample \(settings.version)\n")
        default: page = Page(status: 404, body: "nothing at \(request.path)\n")
        }
        page.delay = settings.slow
        return .page(page)
    }

    private func health(json: Bool, _ lacking: [HostPort]) -> Page {
        guard lacking.isEmpty else {
            let names = lacking.map(\.description).joined(separator: ", ")
            return .json("{\"success\":false,\"reason\":\(quoted("no connection to \(names)"))}\n", status: 503)
        }
        switch settings.health {
        case .ok: return healthy(json: json)
        case .never: return .json("{\"success\":false,\"reason\":\"never healthy\"}\n", status: 503)
        case .badJSON: return .json("{\"success\":false}\n")
        case .redirect: return Page(status: 302, headers: ["Location": "/login"], body: "")
        case .notFound: return Page(status: 404, body: "nothing here\n")
        case .wrongBody: return Page(body: "It works!\n")
        case .slow:
            var page = healthy(json: json)
            page.delay = settings.healthSlow
            return page
        }
    }

    private func healthy(json: Bool) -> Page {
        guard json else { return Page(body: "up \(settings.version)\n") }
        return .json("{\"success\":true,\"version\":\(quoted(settings.version)),\"pid\":\(pid)}\n")
    }

    private var smoke: Page {
        settings.smokeFails
            ? Page(status: 500, body: "smoke fails on purpose\n") : Page(body: "smoke \(settings.version)\n")
    }

    private func echo(_ request: Request) -> Page {
        let nonce = request.head.headers.first(name: "X-Nonce") ?? "-"
        let pad = request.count("pad", default: 0, in: 0...Self.padBytesMax)
        let line = "\(nonce) \(request.head.method.rawValue) \(request.bodyBytes) \(request.checksumText)\n"
        return Page(body: line + String(repeating: "x", count: pad))
    }

    private func stream(_ request: Request) -> Answer {
        let seconds = request.count("seconds", default: 10, in: 0...Self.streamSecondsMax)
        return .lines(every: .milliseconds(request.count("ms", default: 100, in: 1...60_000)), for: .seconds(seconds))
    }

    private func events(_ request: Request) -> Answer {
        let limit = request.query("seconds").flatMap { Int($0) }
        let seconds = limit.map { Duration.seconds(min(max($0, 0), Self.streamSecondsMax)) }
        return .events(every: .milliseconds(request.count("ms", default: 100, in: 1...60_000)), for: seconds)
    }

    private var environment: Page {
        let lines = settings.visibleEnvironment.map { name, value in
            value.map { "\(name)=\($0)" } ?? name
        }
        return Page(body: lines.joined(separator: "\n") + "\n")
    }
}

/// The text as a JSON string (RFC 8259, section 7).
func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"": result += "\\\""
        case "\\": result += "\\\\"
        case _ where scalar.value < 0x20:
            let digits = String(scalar.value, radix: 16)
            result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result + "\""
}
