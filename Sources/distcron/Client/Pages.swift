import DistributedCronHTTP

/// The elements of a list that a server hands out in pages.
struct Pages: AsyncSequence {
    typealias Element = [JSONValue]

    /// The most elements of a page that are asked for.
    private static let size = 500

    private let client: APIClient
    private let first: String
    private let limit: Int?
    private let isIncluded: (JSONValue) -> Bool

    /// Names a list.
    ///
    /// - Parameters:
    ///   - client: Asks the server.
    ///   - path: The list.
    ///   - query: What is asked for, without `limit`.
    ///   - limit: The most elements, or nil for all.
    ///   - isIncluded: Which elements are wanted; the others do not count.
    init(
        _ client: APIClient,
        _ path: String,
        _ query: QueryText,
        limit: Int?,
        isIncluded: @escaping (JSONValue) -> Bool = { _ in true }
    ) {
        var query = query
        query.add("limit", "\(Swift.min(limit ?? Self.size, Self.size))")
        self.client = client
        self.first = "\(path)\(query)"
        self.limit = limit
        self.isIncluded = isIncluded
    }

    /// Asks for page after page, as they are wanted.
    struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate let pages: Pages
        fileprivate var next: String?
        fileprivate var count = 0

        mutating func next() async throws -> [JSONValue]? {
            let left = self.pages.limit.map { $0 - self.count } ?? .max
            guard left > 0, let path = self.next else { return nil }
            let answer = try await self.pages.client.send(.get, path)
            self.next = answer.header("Link").flatMap { Pages.next(in: $0, of: self.pages.client) }
            let page = try (answer.json().array ?? []).filter(self.pages.isIncluded).prefix(left)
            self.count += page.count
            return Array(page)
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(pages: self, next: self.first) }

    /// The path of the next page in a header `Link` (RFC 8288).
    static func next(in link: String, of client: APIClient) -> String? {
        guard link.contains("rel=\"next\""), let start = link.firstIndex(of: "<"), let end = link.firstIndex(of: ">")
        else { return nil }
        let target = String(link[start..<end].dropFirst())
        // The target begins with the path of the API, which the address of the server ends with.
        let parts = client.baseURL.split(separator: "/", maxSplits: 2)
        let path = parts.count > 2 ? "/\(parts[2])" : ""
        return target.hasPrefix("\(path)/") ? String(target.dropFirst(path.count)) : target
    }
}
