#if ZooKeeper
import DistributedCron
import Logging

/// The tasks of one queue for one consumer: what is there, then what comes, each once and in order.
///
/// Only the names are listed when something has changed, and only new tasks are read. A task that was completed and added
/// again between two looks has its old name, and a new place. The queue's node says how many tasks were ever added; if
/// those are more than there are new names, all are read.
final class TaskSequence: Sendable {
    private struct State {
        /// The places of the tasks that were seen at the last look, by their names; nil where the task cannot be read.
        var known: [String: UInt64?] = [:]
        /// How many had ever been added then.
        var creations = 0
        /// Those that were not taken yet, the next one last.
        var backlog: [WorkerTask] = []
    }
    private let state = Lock(State())
    private let session: ZooKeeperSession
    private let path: String
    /// The transaction that made the queue's node: another's is another queue.
    private let creation: Int64
    private let looks: AsyncStream<Void>
    private let logger: Logger

    init(session: ZooKeeperSession, path: String, creation: Int64, logger: Logger) {
        self.session = session
        self.path = path
        self.creation = creation
        self.logger = logger
        self.looks = session.looks(at: path)
    }

    /// The next task; nil once the queue is closed, or if the task is cancelled.
    func next() async throws -> WorkerTask? {
        if let task = self.take() { return task }
        for await _ in self.looks {
            do {
                guard try await self.look() else { return nil }
            } catch is CancellationError {
                return nil
            } catch let error as ZooKeeperError where [.disconnected, .sessionLost].contains(error.kind) {
                // The looks go on when the session is connected again, and end when it is lost.
                continue
            } catch let error as ZooKeeperError {
                throw error.asTaskQueueError
            }
            if let task = self.take() { return task }
        }
        guard !Task.isCancelled else { return nil }
        throw TaskQueueError(.unavailable, message: "the session with ZooKeeper was lost")
    }

    private func take() -> WorkerTask? { self.state.withLock { $0.backlog.popLast() } }

    /// Finds out what has come.
    ///
    /// - Returns: Whether the queue is still there.
    private func look() async throws -> Bool {
        let children: NodeChildren
        do {
            children = try await self.session.children(of: self.path, isWatched: true)
        } catch let error as ZooKeeperError where error.kind == .noNode {
            return false
        }
        guard children.stat.creation == self.creation else { return false }
        let (known, creations) = self.state.withLock { ($0.known, $0.creations) }
        let unknown = children.names.filter { known[$0] == nil }
        let isExplained = children.stat.childCreations - creations == unknown.count
        let read = try await self.session.tasks(
            isExplained ? unknown : children.names,
            in: self.path,
            until: children.stat
        )
        self.state.withLock { state in
            let present = Set(children.names)
            state.known = known.filter { present.contains($0.key) }
            var new: [TaskRecord] = []
            for node in read {
                let isKnown = known[node.name] != nil
                guard let record = isKnown ? try? node.record.get() : node.readable(self.logger) else {
                    state.known[node.name] = .some(nil)
                    continue
                }
                if known[node.name] != .some(record.place) { new.append(record) }
                state.known[node.name] = record.place
            }
            new.sort { $0.place > $1.place }
            state.creations = children.stat.childCreations
            state.backlog = new.map(\.task) + state.backlog
        }
        return true
    }
}
#endif
