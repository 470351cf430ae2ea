#if ZooKeeper
import CBareZooKeeper

/// A session of a program that uses the C client without anything between: what the servers allow.
final class BareClient {
    /// A call failed.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private let session: OpaquePointer

    init(_ ensemble: Ensemble) throws {
        guard let session = distcron_bare_connect(ensemble.hosts) else {
            throw Failure(description: "\(ensemble.hosts) do not let a bare client in")
        }
        self.session = session
    }

    deinit { distcron_bare_disconnect(self.session) }

    /// Creates a node that is everybody's.
    func make(_ path: String) throws {
        guard distcron_bare_make(self.session, path) == 0 else { throw Failure(description: "cannot make \(path)") }
    }

    /// How many bytes of data a node has.
    func size(of path: String) throws -> Int {
        let size = distcron_bare_size(self.session, path)
        guard size >= 0 else { throw Failure(description: "cannot read \(path)") }
        return Int(size)
    }

    /// How many nodes are created in a second, each by a call of its own; they are removed again.
    func creations(below parent: String, bytes: Int, count: Int, window: Int) throws -> Double {
        let rate = distcron_bare_creates(self.session, parent, Int32(bytes), Int32(count), Int32(window))
        guard rate > 0, distcron_bare_removes(self.session, parent, Int32(count), Int32(window)) == 0 else {
            throw Failure(description: "cannot create \(count) nodes below \(parent)")
        }
        return rate
    }
}
#endif
