import DistributedCron
import DistributedCronHTTP
import DistributedCronProcess

/// Prints what a run writes while it writes it: its standard output to standard output, its errors to the other.
final class LogPrinter: Sendable {
    private let stream: LogStream?
    private let stripsControls: Bool
    /// Control sequences may be cut anywhere.
    private let strippers = Lock<[LogStream: ANSIStripper]>([:])

    /// Prints to this process's streams.
    ///
    /// - Parameters:
    ///   - stream: The only stream that is printed, or nil for both.
    ///   - stripsControls: Whether control sequences are taken out.
    init(_ stream: LogStream? = nil, stripsControls: Bool = false) {
        self.stream = stream
        self.stripsControls = stripsControls
    }

    /// Prints an entry.
    ///
    /// - Throws: ``Failure``, or the exit code of a program that nobody reads from any more.
    func print(_ entry: LogFollower.Entry) throws {
        switch entry {
        case .text(let stream, let text):
            guard self.stream == nil || self.stream == stream else { return }
            let bytes = self.shown(Array(text.utf8), of: stream)
            switch stream {
            case .stdout: try StandardOutput.write(bytes)
            case .stderr: StandardError.write(bytes)
            }
        case .gap(let count):
            StandardError.write("(\(count) bytes are missing here; distcron logs shows what is kept of them)\n")
        case .attempt(let number): StandardError.write("(attempt \(number))\n")
        }
    }

    private func shown(_ bytes: [UInt8], of stream: LogStream) -> [UInt8] {
        guard self.stripsControls else { return bytes }
        return self.strippers.withLock { $0[stream, default: ANSIStripper()].strip(bytes) }
    }
}
