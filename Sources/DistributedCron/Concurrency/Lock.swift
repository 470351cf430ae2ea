#if ThreadSanitizer
import Foundation
#else
import Synchronization
#endif

/// The lock that guards every piece of shared state in the package.
///
/// One name for it, because the thread sanitizer misjudges `Mutex` on Linux (Swift 6.3.1): a build for it
/// (`-Xswiftc -DThreadSanitizer`) has another lock here, and in the file of the same name in `DistributedCronTesting`.
package struct Lock<Value: ~Copyable>: ~Copyable, Sendable {
    #if ThreadSanitizer
    /// The value is touched under the lock alone, and leaves it only as what is `sending`.
    private final class Guarded: @unchecked Sendable {  // lint:allow see above
        let lock = NSLock()
        var value: Value

        init(_ value: consuming sending Value) { self.value = value }
    }
    private let guarded: Guarded

    package init(_ value: consuming sending Value) {
        self.guarded = Guarded(value)
    }

    /// Does something with the value while nobody else does.
    package borrowing func withLock<Result: ~Copyable, Failure>(
        _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        self.guarded.lock.lock()
        defer { self.guarded.lock.unlock() }
        return try body(&self.guarded.value)
    }
    #else
    private let mutex: Mutex<Value>

    package init(_ value: consuming sending Value) {
        self.mutex = Mutex(value)
    }

    /// Does something with the value while nobody else does.
    package borrowing func withLock<Result: ~Copyable, Failure>(
        _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        try self.mutex.withLock(body)
    }
    #endif
}
