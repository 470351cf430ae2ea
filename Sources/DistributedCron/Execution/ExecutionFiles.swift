import Dispatch
import Glibc
import Logging

/// The files of an executor: the cache of artifacts, and what belongs to single attempts.
///
/// Runs on a queue of its own, because hashing and removing files takes as long as it takes.
actor ExecutionFiles {
    /// Where one attempt runs.
    struct Place: Sendable {
        /// The name of the attempt's private directory within the instance's directory.
        let name: String
        /// The absolute path of the private directory.
        let path: String
        /// This boot of the machine.
        let boot: String?

        /// The name of the attempt's copy of its script.
        var scriptName: String { "\(self.name).script" }
        /// The absolute path of the attempt's copy of its script.
        var scriptPath: String { "\(self.path).script" }
        /// The name of the file that spools the attempt's output.
        var outputName: String { "\(self.name).output" }
        /// The names of all that may be there.
        fileprivate var allNames: [String] {
            // The records last: as long as they are there, a successor looks for processes.
            [
                self.scriptName, self.outputName, self.name, self.name + AttemptRecord.processSuffix,
                self.name + AttemptRecord.intentSuffix,
            ]
        }
    }

    let artifacts: any ArtifactStore
    let logger: Logger
    let cacheLimit: Int
    var fetches = Fetches()
    /// How big the cache is, once that was counted.
    var cachedBytes: Int?
    private let path: String
    private let executor: QueueExecutor
    private var opened: StateDirectory?
    private var placesMade = 0

    nonisolated var unownedExecutor: UnownedSerialExecutor { self.executor.asUnownedSerialExecutor() }

    init(path: String, artifacts: any ArtifactStore, cacheLimit: Int, logger: Logger) {
        self.path = path
        self.artifacts = artifacts
        self.cacheLimit = cacheLimit
        self.logger = logger
        self.executor = QueueExecutor(label: "distcron.execution.files")
    }

    /// The directory, opened and cleaned at the first call that succeeds.
    func directory() throws(SystemError) -> StateDirectory {
        if let opened = self.opened { return opened }
        let opened = try StateDirectory(path: self.path)
        self.opened = opened
        return opened
    }

    /// Opens the directory now instead of at the first attempt; cleans one that is open once more.
    func prepare() throws(SystemError) {
        if let opened = self.opened {
            try opened.removeLeftovers()
        } else {
            _ = try self.directory()
        }
    }

    /// Makes an empty private directory, and writes down for whom it is.
    func makePlace(for order: AttemptOrder) throws(SystemError) -> Place {
        let directory = try self.directory()
        let name = String(self.placesMade)
        self.placesMade += 1
        guard mkdirat(directory.instance.directory.number, name, 0o700) == 0 else {
            throw SystemError(doing: "make a working directory")
        }
        let intent = AttemptRecord.Intent(
            run: order.run.description,
            attempt: order.attempt,
            killGrace: min(order.killGrace, Leftovers.longestGrace)
        )
        let link = name + AttemptRecord.intentSuffix
        guard symlinkat(intent.text, directory.instance.directory.number, link) == 0 else {
            let error = SystemError(doing: "write down an attempt")
            unlinkat(directory.instance.directory.number, name, AT_REMOVEDIR)
            throw error
        }
        return Place(name: name, path: "\(directory.instancePath)/\(name)", boot: directory.boot)
    }

    /// Removes a private directory with all that is in it, and what belongs to it.
    func remove(_ place: Place) {
        guard let directory = self.opened else { return }
        for name in place.allNames {
            do throws(SystemError) {
                try TreeRemoval.remove(name, in: directory.instance.directory)
            } catch {
                self.logger.warning(
                    "Leaving files of an attempt behind",
                    metadata: ["path": "\(directory.instancePath)/\(name)", "reason": "\(error)"]
                )
            }
        }
    }

    /// Runs `body` on this actor from a handler that may run anywhere.
    nonisolated func later(_ body: @escaping @Sendable (isolated ExecutionFiles) -> Void) {
        self.executor.queue.async { self.assumeIsolated(body) }
    }
}
