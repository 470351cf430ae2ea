import ArgumentParser

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Standard output, for data.
package enum StandardOutput {
    /// The terminal that it goes to, if it goes to one.
    package static let terminal = Terminal(STDOUT_FILENO)

    /// Writes text.
    ///
    /// - Throws: ``Failure``, or the exit code of a program that nobody reads from any more.
    package static func write(_ text: String) throws { try Self.write(Array(text.utf8)) }

    /// Writes bytes.
    ///
    /// - Throws: ``Failure``, or the exit code of a program that nobody reads from any more.
    package static func write(_ bytes: [UInt8]) throws {
        switch FileOutput.write(bytes, to: STDOUT_FILENO) {
        case 0: return
        case EPIPE: throw ExitCode(128 + SIGPIPE)
        case let code: throw Failure(.failed, "cannot write to standard output: \(FileOutput.words(for: code))")
        }
    }
}

/// Standard error, for messages.
package enum StandardError {
    /// The terminal that it goes to, if it goes to one.
    package static let terminal = Terminal(STDERR_FILENO)

    /// Writes text; what cannot be written is lost.
    package static func write(_ text: String) { Self.write(Array(text.utf8)) }

    /// Writes bytes; what cannot be written is lost.
    package static func write(_ bytes: [UInt8]) { _ = FileOutput.write(bytes, to: STDERR_FILENO) }
}

/// Writing to descriptors, because Swift 6 cannot reach C's `stdout`.
package enum FileOutput {
    /// Writes all bytes, however often it takes.
    ///
    /// - Returns: 0, or what `errno` says.
    package static func write(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
        bytes.withUnsafeBytes { buffer in
            var offset = 0
            while offset < buffer.count {
                let rest = UnsafeRawBufferPointer(rebasing: buffer[offset...])
                #if canImport(Glibc)
                let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
                #elseif canImport(Musl)
                let count = Musl.write(descriptor, rest.baseAddress, rest.count)
                #else
                let count = Darwin.write(descriptor, rest.baseAddress, rest.count)
                #endif
                if count >= 0 {
                    offset += count
                } else if errno == EAGAIN {
                    var event = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    _ = poll(&event, 1, -1)
                } else if errno != EINTR {
                    return errno
                }
            }
            return 0
        }
    }

    /// What an error number means.
    package static func words(for code: Int32) -> String { String(cString: strerror(code)) }
}
