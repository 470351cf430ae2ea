#if ZooKeeper
public import DistributedCron

extension ZooKeeperError {
    /// The error as one of the coordinator's.
    public var asCoordinatorError: CoordinatorError {
        let code: CoordinatorError.Code =
            self.kind == .sessionLost ? .sessionLost : self.isPermanent ? .refused : .unavailable
        return CoordinatorError(code, message: self.sentence, backendCode: self.backendCode)
    }

    /// The error as one of the task queue's.
    public var asTaskQueueError: TaskQueueError {
        TaskQueueError(
            self.isPermanent ? .refused : .unavailable,
            message: self.sentence,
            backendCode: self.backendCode
        )
    }

    /// Whether somebody has to mend something before the same call can have another answer.
    var isPermanent: Bool {
        [.configuration, .denied, .malformed, .otherCluster, .otherVersion, .tooLarge].contains(self.kind)
    }

    private var backendCode: Int? { self.code == 0 ? nil : self.code }

    /// What was said, and what is to be done about it.
    package var sentence: String {
        switch self.kind {
        case .unreachable: "no ZooKeeper server can be reached: \(self.message); see whether they run, and their ports"
        case .disconnected: "the connection to ZooKeeper broke: \(self)"
        case .sessionLost: "the session with ZooKeeper is gone: \(self)"
        case .denied: "ZooKeeper refuses the credentials: \(self); see the user and the password in the URL"
        case .configuration, .otherCluster, .otherVersion, .tooLarge: self.message
        case .malformed: "what lies in ZooKeeper cannot be read: \(self)"
        default: "ZooKeeper refuses an operation: \(self)"
        }
    }
}

/// Does something with ZooKeeper for a coordinator, whose errors it throws.
func coordinating<Value>(_ body: () async throws -> Value) async throws -> Value {
    do {
        return try await body()
    } catch let error as ZooKeeperError {
        throw error.asCoordinatorError
    }
}

/// Does something with ZooKeeper for a task queue, whose errors it throws.
func queueing<Value>(_ body: () async throws -> Value) async throws -> Value {
    do {
        return try await body()
    } catch let error as ZooKeeperError {
        throw error.asTaskQueueError
    }
}
#endif
