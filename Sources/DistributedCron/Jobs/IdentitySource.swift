#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// Where new identities come from.
///
/// Injected, like time, so that a test or a simulation that is run again makes the same ones.
public final class IdentitySource: Sendable {
    private let generator: Lock<any RandomNumberGenerator & Sendable>

    /// Draws from a generator.
    ///
    /// - Parameter generator: The source of random bits; the system's by default.
    public init(_ generator: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()) {
        self.generator = Lock(generator)
    }

    /// A new job's identity: UUID version 7 (RFC 9562 5.7), so that identities sort by creation.
    ///
    /// - Parameter now: The time that goes into the upper 48 bits, in milliseconds.
    /// - Returns: An identity that nothing else has.
    public func jobID(at now: Date) -> JobID {
        let milliseconds = UInt128(UInt64(max(0, now.timeIntervalSince1970 * 1_000)) & 0xFFFF_FFFF_FFFF)
        let (upper, lower) = self.generator.withLock { (UInt64.random(in: 0...0xFFF, using: &$0), $0.next()) }
        let version = UInt128(0x7000 | upper)
        let variant = UInt128(lower & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000)
        return JobID(rawValue: milliseconds << 80 | version << 64 | variant)
    }

    /// A manual run's trigger, never ``TriggerID/schedule`` nor one of a backfill.
    public func triggerID() -> TriggerID {
        TriggerID(manual: self.generator.withLock { UInt64.random(in: 1...(.max), using: &$0) })
    }

    /// A backfill's trigger.
    func backfillID() -> TriggerID { TriggerID(backfill: self.generator.withLock { $0.next() as UInt64 }) }

    /// A worker process's identity.
    public func workerID() -> WorkerID { WorkerID(rawValue: "w-\(self.hexadecimal())") }

    /// A manager process's identity.
    public func managerID() -> ManagerID { ManagerID(rawValue: "m-\(self.hexadecimal())") }

    /// A cluster's identity: a random UUID (RFC 9562 5.4).
    public func clusterID() -> ClusterID {
        let (upper, lower) = self.generator.withLock { ($0.next(), $0.next()) as (UInt64, UInt64) }
        let versioned = UInt128(upper & 0xFFFF_FFFF_FFFF_0FFF | 0x4000)
        let variant = UInt128(lower & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000)
        return ClusterID(rawValue: JobID(rawValue: versioned << 64 | variant).description)
    }

    /// A word of 16 hexadecimal digits by which its owner recognises what it has made.
    package func marker() -> String { self.hexadecimal() }

    private func hexadecimal() -> String {
        let bits = self.generator.withLock { $0.next() as UInt64 }
        let digits = String(bits, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
