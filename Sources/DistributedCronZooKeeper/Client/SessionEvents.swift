#if ZooKeeper
import CZooKeeper
import DistributedCron

/// What C tells of a session unasked: its state, and that there is something new to see at a path.
///
/// It is the context of every watch, so whoever closes the handle keeps it until that is done.
final class SessionEvents: Sendable {
    private struct State {
        /// Whom to tell, by the paths that they look at.
        var topics: [[String]: Broadcast<Void>] = [:]
        var isOver = false
    }
    let states = Broadcast(SessionState.suspended)
    private let state = Lock(State())
    private let handle: ClientHandle

    init(of handle: ClientHandle) { self.handle = handle }

    /// The function that C calls on its own thread, with the events as context.
    static let watcher: watcher_fn = { _, type, state, path, context in
        guard let context else { return }
        // Whoever closes the handle keeps the events until then.
        let events = Unmanaged<SessionEvents>.fromOpaque(context).takeUnretainedValue()
        if type == ZOO_SESSION_EVENT {
            events.noteState(state)
        } else if let path {
            events.noteChange(at: String(cString: path))
        }
    }

    /// Says "look" at once, whenever there is something new at any of some paths, and whenever the session is connected
    /// again.
    ///
    /// - Returns: A stream that ends with the session. What comes between two looks counts once.
    func looks(at paths: [String]) -> AsyncStream<Void> {
        self.state.withLock { state in
            let topic = state.topics[paths] ?? Broadcast(())
            if state.isOver {
                topic.finish()
            } else {
                state.topics[paths] = topic
            }
            return topic.stream()
        }
    }

    /// Ends everything: the session is gone, or taken for lost.
    ///
    /// The handle is closed too. What is left of the session would otherwise go on in the servers' eyes (stand for
    /// election, be registered), and calls that race its end are not always answered.
    func end() {
        let topics = self.state.withLock { state -> [Broadcast<Void>]? in
            guard !state.isOver else { return nil }
            state.isOver = true
            // Under the lock, so that no other state can follow.
            self.states.send(.lost)
            defer { state.topics = [:] }
            return Array(state.topics.values)
        }
        guard let topics else { return }
        self.states.finish()
        for topic in topics { topic.finish() }
        self.handle.close(self)
    }

    private func noteState(_ number: Int32) {
        switch number {
        case ZOO_CONNECTED_STATE: self.note(.connected)
        case ZOO_EXPIRED_SESSION_STATE, ZOO_AUTH_FAILED_STATE: self.end()
        default: self.note(.suspended)
        }
    }

    private func note(_ sessionState: SessionState) {
        let topics = self.state.withLock { state -> [Broadcast<Void>] in
            guard !state.isOver else { return [] }
            if self.states.value != sessionState { self.states.send(sessionState) }
            return sessionState == .connected ? Array(state.topics.values) : []
        }
        for topic in topics { topic.send(()) }
    }

    private func noteChange(at path: String) {
        let topics = self.state.withLock { state -> [Broadcast<Void>] in
            let concerned = state.topics.filter { $0.key.contains(path) }
            // Nobody is left who would look.
            for (paths, topic) in concerned where !topic.hasConsumers { state.topics[paths] = nil }
            return Array(concerned.values)
        }
        for topic in topics { topic.send(()) }
    }
}
#endif
