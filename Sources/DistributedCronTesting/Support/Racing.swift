import DistributedCron

/// Does something many times at once, as closely as the machine allows.
///
/// - Parameters:
///   - count: How many times.
///   - body: What to do; it is told its number, from 0.
/// - Returns: The results, in the order of the numbers.
/// - Throws: What the first body to fail throws, after all have ended.
func race<Result: Sendable>(
    _ count: Int,
    _ body: @escaping @Sendable (Int) async throws -> Result
) async throws -> [Result] {
    let line = StartingLine(count)
    return try await withThrowingTaskGroup(of: (Int, Result).self) { group in
        for number in 0..<count {
            group.addTask {
                await line.wait()
                return (number, try await body(number))
            }
        }
        var results: [(Int, Result)] = []
        for try await result in group { results.append(result) }
        return results.sorted { $0.0 < $1.0 }.map(\.1)
    }
}

/// Does something in a child task and cancels it at once, or after it was given some turns.
///
/// - Parameters:
///   - turns: How often this task gives way before it cancels.
///   - body: What to do.
/// - Returns: What it returned or threw.
func cancelled<Result: Sendable>(
    afterTurns turns: Int = 0,
    _ body: @escaping @Sendable () async throws -> Result
) async -> Swift.Result<Result, any Error> {
    await withTaskGroup(of: Swift.Result<Result, any Error>.self) { group in
        group.addTask {
            do { return .success(try await body()) } catch { return .failure(error) }
        }
        await giveWay(turns)
        group.cancelAll()
        for await result in group { return result }
        return .failure(CancellationError())
    }
}

/// Lets other tasks run for some turns; a hint, on which no expectation that may hold depends.
func giveWay(_ turns: Int) async {
    for _ in 0..<turns { await Task.yield() }
}

/// Lets tasks go on when all of them have come.
private final class StartingLine: Sendable {
    private let missing: Lock<Int>

    init(_ count: Int) { self.missing = Lock(count) }

    /// Takes turns until everybody is here: whoever was suspended until then would start one after the other.
    func wait() async {
        self.missing.withLock { $0 -= 1 }
        while self.missing.withLock({ $0 }) > 0, !Task.isCancelled { await Task.yield() }
    }
}
