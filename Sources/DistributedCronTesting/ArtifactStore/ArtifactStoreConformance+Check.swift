public import Testing

extension ArtifactStoreConformance {
    /// The promises, one check each.
    public enum Check: String, CaseIterable, Sendable {
        // MARK: Contents
        /// Artifact is called by its s h a256.
        case artifactIsCalledByItsSHA256
        /// Empty content is stored.
        case emptyContentIsStored
        /// Pieces may be of any size.
        case piecesMayBeOfAnySize
        /// Big content is stored.
        case bigContentIsStored
        /// Same bytes are stored once.
        case sameBytesAreStoredOnce
        /// Other bytes have another name.
        case otherBytesHaveAnotherName
        /// Readers do not disturb each other.
        case readersDoNotDisturbEachOther
        /// Race of the same bytes stores them.
        case raceOfTheSameBytesStoresThem
        /// Race of different bytes stores each.
        case raceOfDifferentBytesStoresEach

        // MARK: Retention
        /// List has every artifact.
        case listHasEveryArtifact
        /// Old artifact can be removed.
        case oldArtifactCanBeRemoved
        /// New artifact is spared.
        case newArtifactIsSpared
        /// Storing again makes it new.
        case storingAgainMakesItNew

        // MARK: Failures
        /// Absent artifact is not found.
        case absentArtifactIsNotFound
        /// Removal may be repeated.
        case removalMayBeRepeated
        /// Artifact is not seen until it is whole.
        case artifactIsNotSeenUntilItIsWhole
        /// Failed source stores nothing.
        case failedSourceStoresNothing
        /// Cancelled call stores nothing.
        case cancelledCallStoresNothing
        /// Damage is found.
        case damageIsFound
    }
}

extension ArtifactStoreConformance.Check: CustomTestStringConvertible {
    /// The promise in words.
    public var testDescription: String { self.sentence }
}
