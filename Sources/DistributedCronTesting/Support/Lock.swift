#if !ThreadSanitizer
import Synchronization

/// The lock of `DistributedCron` once more, for this module alone.
///
/// What has `package` access cannot be inlined into another module, and a lock that is not looks up the type of its
/// value at every use: half of a simulation's time. Whoever changes the other changes this one too.
/// A build for the thread sanitizer uses the other.
struct Lock<Value: ~Copyable>: ~Copyable, Sendable {
    private let mutex: Mutex<Value>

    init(_ value: consuming sending Value) {
        self.mutex = Mutex(value)
    }

    /// Does something with the value while nobody else does.
    borrowing func withLock<Result: ~Copyable, Failure>(
        _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        try self.mutex.withLock(body)
    }
}
#endif
