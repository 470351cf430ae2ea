#if ZooKeeper
package import DistributedCron

/// Where what lies in ZooKeeper, and what was fixed when it was made.
///
/// Nothing is one node for each job.
///
/// ```
/// <chroot>/cluster                 which cluster this is, and which life of the ensemble
/// <chroot>/leader/n_<marker>_<n>   who stands for election, while its session lives; the lowest number leads
/// <chroot>/workers/<id>            who is registered, while its session lives
/// <chroot>/assign/<id>             the slots of a worker, with their epochs
/// <chroot>/tasks/<id>/<name>       a worker's tasks; the queue itself counts their places
/// <chroot>/changes                 its version is the change signal
/// <chroot>/ops/drain               its version counts what is said below
/// <chroot>/ops/drain/<id>          the worker is to have no slots: the session that has registered it, and why
/// ```
package struct ZooKeeperLayout: Sendable, Hashable {
    /// The path under which everything lies.
    package let root: String
    /// Which cluster it is.
    package let cluster: ClusterID
    /// Which life of the ensemble it is: the leaders' tokens count in it.
    package let incarnation: UInt64

    /// Describes what lies at a path.
    package init(root: String, cluster: ClusterID, incarnation: UInt64) {
        self.root = root
        self.cluster = cluster
        self.incarnation = incarnation
    }

    /// Who stands for election.
    package var leader: String { "\(self.root)/leader" }
    /// Who is registered.
    package var workers: String { "\(self.root)/workers" }
    /// The queues.
    package var tasks: String { "\(self.root)/tasks" }
    /// The change signal.
    package var changes: String { "\(self.root)/changes" }
    /// Who is to have no slots.
    package var drains: String { "\(self.root)/ops/drain" }

    /// A worker's registration.
    package func worker(_ id: WorkerID) -> String { "\(self.workers)/\(id)" }

    /// Whether a worker is to have no slots.
    package func drain(_ id: WorkerID) -> String { "\(self.drains)/\(id)" }

    /// A worker's assignment.
    package func assignment(_ id: WorkerID) -> String { "\(self.root)/assign/\(id)" }

    /// A worker's queue.
    package func queue(_ id: WorkerID) -> String { "\(self.tasks)/\(id)" }
}
#endif
