import Dispatch
import Glibc

/// A descriptor that tells an actor's queue when it can be read.
///
/// Dispatch may still look at a descriptor after its source was cancelled, so the descriptor is closed by the source's
/// last handler and not before. Used on the queue only.
final class WatchedDescriptor {
    /// The descriptor, open until ``cancel()``.
    let number: Int32
    private let source: any DispatchSourceRead

    /// Takes over a descriptor and begins to watch it.
    ///
    /// - Parameters:
    ///   - descriptor: What to watch.
    ///   - queue: Where both handlers run.
    ///   - onReadable: Called again and again for as long as there is something to read, the end included.
    ///   - onClosed: Called once, after ``cancel()``.
    init(
        _ descriptor: consuming Descriptor,
        on queue: DispatchQueue,
        onReadable: @escaping @Sendable () -> Void,
        onClosed: @escaping @Sendable () -> Void
    ) {
        let number = descriptor.release()
        self.number = number
        self.source = DispatchSource.makeReadSource(fileDescriptor: number, queue: queue)
        self.source.setEventHandler(handler: onReadable)
        self.source.setCancelHandler {
            close(number)
            onClosed()
        }
        self.source.activate()
    }

    /// Stops watching and closes the descriptor; calling it again does nothing.
    func cancel() { self.source.cancel() }
}
