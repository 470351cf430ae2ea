import ServiceLifecycle

// What `ServiceLifecycle.gracefulShutdown()` and `cancelWhenGracefulShutdown(_:)` do, without the task of their own that
// those start, which a simulation cannot replay.

/// Waits until a graceful shutdown begins, or the task is cancelled.
///
/// - Returns: Whether a graceful shutdown has begun.
package func waitForGracefulShutdown() async -> Bool {
    let bell = Bell()
    await withGracefulShutdownHandler {
        await bell.wait()
    } onGracefulShutdown: {
        bell.ring()
    }
    return Task.isShuttingDownGracefully
}

/// Does some work in a task that is cancelled when a graceful shutdown begins.
package func untilGracefulShutdown<Value: Sendable>(
    _ work: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    try await withThrowingTaskGroup(of: Value?.self) { group in
        group.addTask { try await work() }
        group.addTask {
            _ = await waitForGracefulShutdown()
            return nil
        }
        defer { group.cancelAll() }
        while let value = try await group.next() {
            if let value { return value }
            group.cancelAll()
        }
        // The work always ends with a value or an error.
        throw CancellationError()
    }
}
