/// What the service answers to one request.
enum Answer {
    /// A short answer with a known body.
    case page(Page)
    /// That many bytes with a content length, sent as fast as the client reads them.
    case fill(bytes: Int)
    /// Lines in a chunked body, the last one `end`.
    case lines(every: Duration, for: Duration)
    /// Server-sent events; without a length until the client goes.
    case events(every: Duration, for: Duration?)
    /// A WebSocket.
    case webSocket(WebSocketPurpose)
    /// Switches the background work, then tells its state.
    case activity(ActivityChange)
}

/// What is done with the messages of a WebSocket.
enum WebSocketPurpose: Equatable {
    case echo
    case relay(room: String)
}

/// What is asked of the background work.
enum ActivityChange: Equatable {
    case activate
    case deactivate
    case none
}

/// A short answer: status, headers, body.
struct Page: Equatable {
    var status = 200
    var type = "text/plain"
    var headers: [String: String] = [:]
    var body: String
    /// How long the service thinks before it answers.
    var delay = Duration.zero

    /// A JSON document.
    static func json(_ body: String, status: Int = 200) -> Page {
        Page(status: status, type: "application/json", body: body)
    }
}
