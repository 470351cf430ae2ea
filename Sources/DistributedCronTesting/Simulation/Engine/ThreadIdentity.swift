#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Which thread something belongs to.
struct ThreadIdentity: Sendable {
    // A number here and nothing to be followed, whether the platform's type is one or a pointer.
    private let bits: UInt

    init() { self.bits = Self.current }

    var isCurrent: Bool { self.bits == Self.current }

    private static var current: UInt {
        #if canImport(Darwin)
        UInt(bitPattern: pthread_self())
        #else
        UInt(pthread_self())
        #endif
    }
}
