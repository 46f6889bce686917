import Synchronization

@testable import TealDocker

/// What a runtime told a person so far.
final class NoticeRecord: Sendable {
    private let state = Mutex<[DockerNotice]>([])

    func add(_ notice: DockerNotice) { state.withLock { $0.append(notice) } }
    var all: [DockerNotice] { state.withLock { $0 } }
}
