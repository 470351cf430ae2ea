#if HTTP
import DistributedCron
import Hummingbird

/// Which part of a list a client wants.
struct PageRequest<Cursor: LosslessStringConvertible & Sendable> {
    /// The most elements of a page, or nil for the whole list.
    let limit: Int?
    /// The last element of the page before.
    let cursor: Cursor?

    /// Reads `limit` and `cursor` from the query.
    ///
    /// - Throws: A problem if one of them is not what this server gave out or takes.
    init(_ request: Request) throws(Problem) {
        self.limit = try request.queryValue("limit", "a whole number of 1-1000") { text in
            Int(text).flatMap { (1...1_000).contains($0) ? $0 : nil }
        }
        self.cursor = try request.queryValue("cursor", "what a Link header of this list contains", Cursor.init)
    }

    /// The header that leads to the next page.
    func link(path: String, after last: Cursor, view: JobResource.View? = nil) -> String {
        let view = view.map { $0 == .full ? "&view=full" : "" } ?? ""
        return "<\(path)?cursor=\(last)&limit=\(self.limit ?? 1_000)\(view)>; rel=\"next\""
    }
}

extension Request {
    /// A parameter of the query, or nil if it is absent.
    ///
    /// - Throws: A problem that says what is allowed, if the value cannot be read.
    func queryValue<Value>(
        _ name: String,
        _ allowed: String,
        _ read: (String) -> Value?
    ) throws(Problem) -> Value? {
        guard let text = self.uri.queryParameters[Substring(name)] else { return nil }
        if let value = read(String(text)) { return value }
        throw Problem(
            .invalidField,
            [
                Problem.Item(
                    field: name,
                    value: String(text.prefix(64)),
                    allowed: allowed,
                    message: "the parameter \(name) must be \(allowed)"
                )
            ]
        )
    }

    /// A parameter of the query that is one of a few words, or nil if it is absent.
    ///
    /// - Throws: A problem that lists the words.
    func queryChoice<Choice>(_ name: String, _ type: Choice.Type) throws(Problem) -> Choice?
    where Choice: RawRepresentable<String> & CaseIterable {
        let words = Choice.allCases.map(\.rawValue).joined(separator: ", ")
        return try self.queryValue(name, "one of \(words)", Choice.init(rawValue:))
    }
}
#endif
