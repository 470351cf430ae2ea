#if HTTP
import DistributedCron

/// The member `executable` of a body: short enough to be a command, or already on its way into the store.
enum PostedExecutable: Sendable, Hashable {
    /// The text as it was sent.
    case text(String)
    /// Too long for a command: the file that the text is in BASE64, which is stored.
    case file(Artifact, textBytes: Int)
    /// Too long for a command, and not BASE64 either.
    case malformed(Base64.Malformed, textBytes: Int)
}
#endif
