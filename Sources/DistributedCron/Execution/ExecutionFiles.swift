import Dispatch
import Glibc
import Logging

/// The files of an executor: the cache of artifacts and the attempts' working directories.
///
/// Runs on a queue of its own, because hashing and removing files takes as long as it takes.
actor ExecutionFiles {
    /// Where one attempt runs.
    struct Place: Sendable {
        /// The name of the working directory within the instance's directory.
        let name: String
        /// The absolute path of the working directory.
        let path: String

        /// The name of the attempt's copy of its script.
        var scriptName: String { "\(self.name).script" }
        /// The absolute path of the attempt's copy of its script.
        var scriptPath: String { "\(self.path).script" }
    }

    let artifacts: any ArtifactStore
    let logger: Logger
    var fetches = Fetches()
    private let path: String
    private let executor: QueueExecutor
    private var opened: StateDirectory?
    private var placesMade = 0

    nonisolated var unownedExecutor: UnownedSerialExecutor { self.executor.asUnownedSerialExecutor() }

    init(path: String, artifacts: any ArtifactStore, logger: Logger) {
        self.path = path
        self.artifacts = artifacts
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

    /// Opens the directory now instead of at the first attempt.
    func prepare() throws(SystemError) { _ = try self.directory() }

    /// Makes an empty working directory.
    func makePlace() throws(SystemError) -> Place {
        let directory = try self.directory()
        let name = String(self.placesMade)
        self.placesMade += 1
        guard mkdirat(directory.instance.directory.number, name, 0o700) == 0 else {
            throw SystemError(doing: "make a working directory")
        }
        return Place(name: name, path: "\(directory.instancePath)/\(name)")
    }

    /// Removes a working directory with all that is in it, and the copy of the script.
    func remove(_ place: Place) {
        guard let directory = self.opened else { return }
        for name in [place.scriptName, place.name] {
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
