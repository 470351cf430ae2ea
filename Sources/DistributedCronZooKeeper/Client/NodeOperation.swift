#if ZooKeeper
/// One of the operations of a transaction, of which all happen or none.
///
/// There is none that creates a container: the C client of 3.8.0 ends the process over it.
package enum NodeOperation: Sendable, Hashable {
    /// Creates a persistent node, or one that goes with the session.
    case create(String, data: [UInt8] = [], isEphemeral: Bool = false)
    /// Replaces a node's data if its version is this one.
    case set(String, data: [UInt8], version: Int32)
    /// Removes a node, whatever its version.
    case delete(String)
    /// Changes nothing, and fails unless there is such a node.
    case check(String)

    var path: String {
        switch self {
        case .create(let path, _, _), .set(let path, _, _), .delete(let path), .check(let path): path
        }
    }

    private var data: [UInt8] {
        switch self {
        case .create(_, let data, _), .set(_, let data, _): data
        case .delete, .check: []
        }
    }

    /// About as many bytes as the operation has in a request.
    var size: Int { self.path.utf8.count + self.data.count + 64 }
}
#endif
