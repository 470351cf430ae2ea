package import Synchronization

/// The lock that guards every piece of shared state in the package.
///
/// One name for it, because the thread sanitizer misjudges `Mutex` on Linux (swiftlang/swift, Swift 6.3): a sanitizer
/// build has one line to change.
package typealias Lock<Value: ~Copyable> = Mutex<Value>
