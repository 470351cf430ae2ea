extension AsyncStream where Element: Sendable {
    /// Takes what the stream holds now, without waiting for more, and ends it.
    ///
    /// A cancelled reader is given what is buffered and then the end.
    func buffered() async -> [Element] {
        let result = await cancelled { () -> [Element] in
            while !Task.isCancelled { await Task.yield() }
            var elements: [Element] = []
            for await element in self { elements.append(element) }
            return elements
        }
        return (try? result.get()) ?? []
    }

    /// The first element that satisfies a predicate, or nil if the stream ends before.
    func first(_ predicate: (Element) -> Bool) async -> Element? {
        for await element in self where predicate(element) { return element }
        return nil
    }
}

extension AsyncThrowingStream where Element: Sendable, Failure == any Error {
    /// Takes what the stream holds now, without waiting for more, and ends it.
    func buffered() async throws -> [Element] {
        try await cancelled { () -> [Element] in
            while !Task.isCancelled { await Task.yield() }
            var elements: [Element] = []
            for try await element in self { elements.append(element) }
            return elements
        }.get()
    }

    /// Waits for some elements; fewer if the stream ends before.
    func next(_ count: Int) async throws -> [Element] {
        var elements: [Element] = []
        guard count > 0 else { return elements }
        for try await element in self {
            elements.append(element)
            if elements.count == count { break }
        }
        return elements
    }
}
