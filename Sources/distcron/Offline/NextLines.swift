import DistributedCronHTTP
import DistributedCronProcess

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Answers questions from standard input on standard output, line by line and in order.
struct NextLines {
    /// The longest line, far longer than any question.
    static let maximumLineBytes = 1_024 * 1_024
    private static let chunkBytes = 64 * 1_024

    private var pending: [UInt8] = []
    private var answers: [UInt8] = []
    private let write: ([UInt8]) throws -> Void

    /// Writes the answers somewhere.
    init(write: @escaping ([UInt8]) throws -> Void = { try StandardOutput.write($0) }) { self.write = write }

    /// Works until standard input ends; this waits for the input.
    ///
    /// - Throws: ``Failure``, or the exit code of a program that nobody reads from any more.
    consuming func run() throws {
        var chunk = [UInt8](repeating: 0, count: Self.chunkBytes)
        while true {
            let count = chunk.withUnsafeMutableBytes { read(STDIN_FILENO, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw Failure(.noInput, "cannot read standard input: \(FileOutput.words(for: errno))")
            }
            guard count > 0 else { break }
            try self.take(chunk[..<count])
        }
        try self.finish()
    }

    /// Answers every line that a piece of input ends; what is left waits for the next piece.
    mutating func take(_ piece: ArraySlice<UInt8>) throws {
        self.pending.append(contentsOf: piece)
        var start = 0
        while let end = Self.newline(in: self.pending, from: start) {
            self.answer(self.pending[start..<end])
            start = end + 1
        }
        self.pending.removeFirst(start)
        guard self.pending.count <= Self.maximumLineBytes else {
            throw Failure(.badData, "a line of the input exceeds \(Self.maximumLineBytes) bytes")
        }
        // Whoever asks line by line wants each answer now; whoever sends many gets many at once.
        try self.write(self.answers)
        self.answers.removeAll(keepingCapacity: true)
    }

    /// Answers a last line without a newline.
    mutating func finish() throws {
        self.answer(self.pending[...])
        self.pending.removeAll()
        try self.write(self.answers)
    }

    private mutating func answer(_ line: ArraySlice<UInt8>) {
        guard line.contains(where: { $0 != 0x20 && $0 != 0x09 && $0 != 0x0D }) else { return }
        NextQuestion.answer(line).write(to: &self.answers)
        self.answers.append(UInt8(ascii: "\n"))
    }

    private static func newline(in bytes: [UInt8], from start: Int) -> Int? {
        bytes.withUnsafeBytes { buffer in
            guard let base = buffer.baseAddress, start < buffer.count,
                let found = memchr(base + start, 0x0A, buffer.count - start)
            else { return nil }
            return UnsafeRawPointer(found) - base
        }
    }
}
