import Glibc

/// Lines for whoever started the process, written at once and never buffered.
enum Console {
    /// To the standard output.
    static func line(_ text: String) {
        put(text + "\n", to: STDOUT_FILENO)
    }

    /// To the standard error.
    static func problem(_ text: String) {
        put("teal-sample: \(text)\n", to: STDERR_FILENO)
    }

    private static func put(_ text: String, to descriptor: Int32) {
        var text = text
        // One write each, so that lines of several processes do not mix; a closed pipe is nobody's loss.
        _ = text.withUTF8 { write(descriptor, $0.baseAddress, $0.count) }
    }
}
