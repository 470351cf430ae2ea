#if ZooKeeper
import CZooKeeper

/// By what the servers know a session: whoever has it can take the session over.
package struct SessionIdentity: Sendable {
    let raw: clientid_t

    /// The session's number, by which its ephemeral nodes are known.
    package var number: Int64 { self.raw.client_id }
}
#endif
