/// A worker as the cluster knows it: by its registration, by the slots that it owns, or by both.
public struct WorkerStatus: Sendable, Hashable, Identifiable {
    /// Whether a worker is there.
    public enum State: String, Sendable, Hashable, CaseIterable {
        /// It is registered.
        case ready
        /// It is registered and is to have no slots: it finishes what it runs, and the leader gives its slots to others, if
        /// there are any.
        case draining
        /// It is registered and makes no progress: something was due in slots of its for too long. The leader gives its slots
        /// to others, and to it its share again some minutes later.
        case stalled
        /// It is not registered any more and still owns slots, which the leader is about to give to others.
        case gone
    }

    /// The identity, random for each process.
    public let id: WorkerID
    /// What it says of itself, or nil if it is not registered.
    public let registration: WorkerDescription?
    /// How many slots it owns, those of all pools together.
    public let slotCount: Int

    /// Whether it is there.
    public var state: State {
        guard let registration = self.registration else { return .gone }
        return switch registration.drain {
        case nil: .ready
        case .asked?: .draining
        case .stalled?: .stalled
        }
    }

    /// The workers that are registered or own slots, in the order of their identities.
    static func all(members: [WorkerDescription], slots: [Slot]) -> [Self] {
        var owned: [WorkerID: Int] = [:]
        for worker in slots.compactMap(\.worker) { owned[worker, default: 0] += 1 }
        let registered = members.map { member in
            Self(id: member.id, registration: member, slotCount: owned.removeValue(forKey: member.id) ?? 0)
        }
        let gone = owned.map { Self(id: $0.key, registration: nil, slotCount: $0.value) }
        return (registered + gone).sorted { $0.id < $1.id }
    }
}
