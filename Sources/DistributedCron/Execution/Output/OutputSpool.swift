import Glibc

/// Keeps all of an attempt's output in a file, up to a limit, from the moment when it is longer than the tail.
///
/// What cannot be written is missed and counted; it never is the attempt's problem.
final class OutputSpool {
    /// A file with output, ready to be read.
    struct Content: Sendable, Equatable {
        /// How many bytes of the file are output.
        let size: Int
        /// What to say after them, if the output goes on.
        let remark: String?
    }

    private let limit: Int
    private let create: () throws(SystemError) -> Descriptor
    private var isBegun = false
    private var file: Descriptor?
    private var failure: SystemError?
    private var size = 0
    private var missed = 0

    /// Begins without a file.
    ///
    /// - Parameters:
    ///   - limit: The most bytes to keep; nothing is kept if it is 0.
    ///   - create: Makes the file when it is needed.
    init(limit: Int, create: @escaping () throws(SystemError) -> Descriptor) {
        self.limit = limit
        self.create = create
    }

    /// Takes note of bytes that come next in an output, before they are added to that.
    func append(_ bytes: UnsafeRawBufferPointer, to output: AttemptOutput) {
        guard self.limit > 0 else { return }
        if !self.isBegun {
            guard output.count + bytes.count > output.maximumTailBytes else { return }
            self.isBegun = true
            // So far the tail is everything.
            output.tail.bytes().withUnsafeBytes { self.write($0) }
        }
        self.write(bytes)
    }

    /// What there is to be stored, if the output was longer than its tail and anything of it could be kept.
    func content() -> Content? {
        guard self.size > 0 else { return nil }
        guard self.missed > 0 else { return Content(size: self.size, remark: nil) }
        let reason = self.failure.map { "because of an error: \($0)" } ?? "beyond the limit of \(self.limit) bytes"
        return Content(
            size: self.size,
            remark: "\n[distcron: \(self.missed) more bytes of output were not kept here, \(reason)]\n"
        )
    }

    private func write(_ bytes: UnsafeRawBufferPointer) {
        let piece = UnsafeRawBufferPointer(rebasing: bytes.prefix(self.limit - self.size))
        do throws(SystemError) {
            guard self.failure == nil else { return self.missed += bytes.count }
            if self.file == nil { self.file = try self.create() }
            try self.file?.write(piece)
            self.size += piece.count
            self.missed += bytes.count - piece.count
        } catch {
            // Part of the piece may be in the file, after the bytes that count.
            self.missed += bytes.count
            self.failure = error
        }
    }
}
