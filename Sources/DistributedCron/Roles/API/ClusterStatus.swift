/// A cluster at one moment: who leads it, and whether somebody works on every slot.
public struct ClusterStatus: Sendable, Hashable, Identifiable {
    /// The identity, fixed when the cluster was initialised.
    public let id: ClusterID
    /// How many slots there are, those of all pools together.
    public let slotCount: Int
    /// How many of them nobody owns, or a worker that is not registered; their jobs wait.
    public let unownedSlotCount: Int
    /// Who leads, or nil while nobody does.
    public let leader: ManagerID?
    /// The highest token that a leader has written into a slot, ``LeaderToken/none`` if none ever has.
    ///
    /// A leader that has not had to assign anything yet has a higher one.
    public let leaderToken: LeaderToken
    /// How many workers are registered.
    public let workerCount: Int
    /// How many of them are to have no slots: they drain, or are stalled.
    public let drainingWorkerCount: Int

    init(id: ClusterID, slots: [Slot], members: [WorkerDescription], leader: ManagerID?) {
        let live = Set(members.map(\.id))
        self.id = id
        self.slotCount = slots.count
        self.unownedSlotCount = slots.count - slots.compactMap(\.worker).filter { live.contains($0) }.count
        self.leader = leader
        self.leaderToken = slots.map(\.leaderToken).max() ?? LeaderToken.none
        self.workerCount = members.count
        self.drainingWorkerCount = members.count(where: \.isDraining)
    }
}
