public import DistributedCron

/// Everything that the protocol `ArtifactStore` promises, as checks that any store can be put to.
///
/// A store of your own conforms when every check passes. Each check asks for a store of its own, which has to be empty:
/// a new directory or prefix.
///
/// ```swift
/// @Suite(.timeLimit(.minutes(1))) struct MyArtifactStoreTests {
///     @Test(arguments: ArtifactStoreConformance.Check.allCases)
///     func conforms(to check: ArtifactStoreConformance.Check) async throws {
///         try await ArtifactStoreConformance {
///             let bucket = FakeBucket()
///             return .init(MyArtifactStore(bucket)) { digest in bucket.flipOneBit(of: digest) }
///         }.run(check)
///     }
/// }
/// ```
public struct ArtifactStoreConformance: Sendable {
    /// A store under test, and a way to damage what it holds.
    public struct Subject: Sendable {
        /// The store.
        public let store: any ArtifactStore
        /// Changes a stored byte behind the store's back.
        public let tamper: (@Sendable (ArtifactDigest) async throws -> Void)?
        /// Lets time pass for the store's clock.
        public let advance: (@Sendable (Duration) async throws -> Void)?

        /// Describes what is under test.
        ///
        /// - Parameters:
        ///   - store: An empty store.
        ///   - tamper: Changes a byte of a stored artifact where the store keeps it; nil where nothing but the store
        ///     can reach it, and then the check for damage has nothing to do.
        ///   - advance: Lets time pass for the store's clock; nil where that cannot be done, and then the check that
        ///     compares times has nothing to do.
        public init(
            _ store: any ArtifactStore,
            tamper: (@Sendable (ArtifactDigest) async throws -> Void)? = nil,
            advance: (@Sendable (Duration) async throws -> Void)? = nil
        ) {
            self.store = store
            self.tamper = tamper
            self.advance = advance
        }
    }
    private let make: @Sendable () async throws -> Subject

    /// Creates the suite for one implementation.
    ///
    /// - Parameter make: Makes an empty store.
    public init(_ make: @escaping @Sendable () async throws -> Subject) {
        self.make = make
    }

    /// Puts a new store to one check, which reports what it finds as issues of the current test.
    ///
    /// - Parameter check: What to check.
    /// - Throws: What the store throws unexpectedly, or the failure of a condition without which the check is pointless.
    public func run(_ check: Check) async throws {
        try await self.run(check, try await self.make())
    }

    // One line for each check; the compiler sees to it that none is forgotten.
    private func run(_ check: Check, _ subject: Subject) async throws {
        switch check {
        case .artifactIsCalledByItsSHA256: try await self.artifactIsCalledByItsSHA256(subject)
        case .emptyContentIsStored: try await self.emptyContentIsStored(subject)
        case .piecesMayBeOfAnySize: try await self.piecesMayBeOfAnySize(subject)
        case .bigContentIsStored: try await self.bigContentIsStored(subject)
        case .sameBytesAreStoredOnce: try await self.sameBytesAreStoredOnce(subject)
        case .otherBytesHaveAnotherName: try await self.otherBytesHaveAnotherName(subject)
        case .readersDoNotDisturbEachOther: try await self.readersDoNotDisturbEachOther(subject)
        case .raceOfTheSameBytesStoresThem: try await self.raceOfTheSameBytesStoresThem(subject)
        case .raceOfDifferentBytesStoresEach: try await self.raceOfDifferentBytesStoresEach(subject)
        case .listHasEveryArtifact: try await self.listHasEveryArtifact(subject)
        case .oldArtifactCanBeRemoved: try await self.oldArtifactCanBeRemoved(subject)
        case .newArtifactIsSpared: try await self.newArtifactIsSpared(subject)
        case .storingAgainMakesItNew: try await self.storingAgainMakesItNew(subject)
        case .absentArtifactIsNotFound: try await self.absentArtifactIsNotFound(subject)
        case .removalMayBeRepeated: try await self.removalMayBeRepeated(subject)
        case .artifactIsNotSeenUntilItIsWhole: try await self.artifactIsNotSeenUntilItIsWhole(subject)
        case .failedSourceStoresNothing: try await self.failedSourceStoresNothing(subject)
        case .cancelledCallStoresNothing: try await self.cancelledCallStoresNothing(subject)
        case .damageIsFound: try await self.damageIsFound(subject)
        }
    }
}
