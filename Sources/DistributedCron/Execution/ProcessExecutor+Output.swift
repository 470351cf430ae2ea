import Logging

extension ProcessExecutor {
    /// How long the end of an attempt waits for its output to be stored.
    private static let storingLimit = Duration.seconds(30)

    /// Stores all of an output; nil if that fails, which is the log's and not the attempt's problem.
    func store(
        _ content: OutputSpool.Content,
        of order: AttemptOrder,
        at place: ExecutionFiles.Place
    ) async -> Artifact? {
        // What a cancelled attempt wrote is worth keeping, and its task may store nothing any more.
        let storing = Task { await self.result(of: content, at: place) }  // lint:allow a shield: awaited at once
        switch await storing.value {
        case .success(let artifact): return artifact
        case .failure(let error):
            self.logger.warning(
                "The output of an attempt was not stored in full",
                metadata: [
                    LoggingKeys.run: "\(order.run)", LoggingKeys.attempt: "\(order.attempt)", "error": "\(error)",
                ]
            )
            return nil
        }
    }

    private func result(
        of content: OutputSpool.Content,
        at place: ExecutionFiles.Place
    ) async -> Result<Artifact, any Error> {
        await withTaskGroup(of: Result<Artifact, any Error>?.self) { group in
            group.addTask { [files] in
                do {
                    return .success(try await files.store(content, of: place))
                } catch {
                    return .failure(error)
                }
            }
            group.addTask { [clock] in
                try? await clock.sleep(for: Self.storingLimit)
                return nil
            }
            defer { group.cancelAll() }
            return await group.next().flatMap { $0 } ?? .failure(StoringTimedOut())
        }
    }
}

/// The artifact store took too long.
private struct StoringTimedOut: Error {}
