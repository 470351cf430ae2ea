import Synchronization

/// The lock that guards every piece of shared state in the package.
///
/// One name for it, because the thread sanitizer misjudges `Mutex` on Linux (Swift 6.3.1): a sanitizer build has one
/// file to change, and the one of the same name in `DistributedCronTesting`.
package struct Lock<Value: ~Copyable>: ~Copyable, Sendable {
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
}
