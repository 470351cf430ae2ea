#if ZooKeeper
import CZooKeeper

/// What the server knows of a node besides its data.
package struct NodeStat: Sendable, Hashable {
    /// The transaction that created the node, which no other node's creation has been or will be.
    package let creation: Int64
    /// How often the data were set.
    package let version: Int32
    /// How many children were ever created and deleted, together.
    package let childChanges: Int32
    /// The transaction that last created or deleted a child.
    package let lastChildChange: Int64
    /// How many children there are.
    package let childCount: Int
    /// The session whose end removes the node; 0 if there is none.
    package let owner: Int64

    init(_ stat: CZooKeeper.Stat) {
        self.creation = stat.czxid
        self.version = stat.version
        self.childChanges = stat.cversion
        self.lastChildChange = stat.pzxid
        self.childCount = Int(stat.numChildren)
        self.owner = stat.ephemeralOwner
    }

    /// How many children were ever created.
    package var childCreations: Int { (Int(self.childChanges) + self.childCount) / 2 }
}
#endif
