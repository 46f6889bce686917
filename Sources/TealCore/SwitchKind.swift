/// What moves the traffic of a host.
package enum SwitchKind: String, Hashable, Sendable, Codable, CaseIterable {
    /// Teal's own proxy.
    case proxy
    /// An nginx that is there already.
    case nginx

    /// What people call it in the middle of a sentence.
    package var words: String {
        switch self {
        case .proxy: "the proxy"
        case .nginx: "nginx"
        }
    }
}
