#if ZooKeeper
import CZooKeeper

/// Who may do what with a new node.
package enum NodeAccess: Sendable, Hashable {
    /// Everybody everything.
    case everybody
    /// Only who comes with the creator's credentials, and then everything.
    case creator

    var list: UnsafePointer<ACL_vector> {
        switch self {
        case .everybody: distcron_zookeeper_acl_open()
        case .creator: distcron_zookeeper_acl_creator()
        }
    }
}
#endif
