package import Synchronization

/// The lock that guards every piece of shared state in the package.
///
/// One name for it, because the thread sanitizer misjudges `Mutex` on Linux (Swift 6.3.1): a sanitizer build has one
/// file to change. It can be inlined into other modules, or each use there would look up its type at run time.
package struct Lock<Value: ~Copyable>: ~Copyable, Sendable {
    @usableFromInline let mutex: Mutex<Value>

    @inlinable
    package init(_ value: consuming sending Value) {
        self.mutex = Mutex(value)
    }

    /// Does something with the value while nobody else does.
    @inlinable
    package borrowing func withLock<Result: ~Copyable, Failure>(
        _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        try self.mutex.withLock(body)
    }
}
