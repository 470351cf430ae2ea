import Glibc

/// A failed system call, as people read it.
package struct SystemError: Error, CustomStringConvertible {
    package let number: Int32
    package let action: String

    /// Describes the failure of `action`, by default from the calling thread's `errno`.
    package init(doing action: String, number: Int32 = errno) {
        self.number = number
        self.action = action
    }

    package var description: String { "cannot \(self.action): \(self.reason)" }

    /// The system's own words, without what was being done.
    package var reason: String {
        // Longer than any message of glibc's; the POSIX form of strerror_r is the one that Swift sees.
        var message = [CChar](repeating: 0, count: 128)
        guard strerror_r(self.number, &message, message.count) == 0 else { return "error \(self.number)" }
        return String(decoding: message.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
