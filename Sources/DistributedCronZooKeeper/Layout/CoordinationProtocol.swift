#if ZooKeeper
/// What the processes of a cluster have to understand of one another in ZooKeeper.
package enum CoordinationProtocol {
    /// The version that this program speaks; raised by one when what is written, or what it means, changes.
    package static let version = 1

    /// The version of a record that names none: there were programs that wrote none.
    static let first = 1

    /// How far the versions of two processes may be apart: a cluster is upgraded while it runs, one version at a time.
    package static let tolerance = 1
}
#endif
