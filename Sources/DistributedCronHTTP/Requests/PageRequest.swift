#if HTTP
import DistributedCron
import Hummingbird

/// Which part of a list a client wants.
struct PageRequest<Cursor: LosslessStringConvertible & Sendable> {
    /// The most elements of a page, or nil for the whole list.
    let limit: Int?
    /// The last element of the page before.
    let cursor: Cursor?

    /// Reads `limit` and `cursor`.
    ///
    /// - Throws: A problem if one of them is not what this server gave out or takes.
    init(_ query: Query) throws(Problem) {
        self.limit = try query.integer("limit", in: 1...1_000)
        self.cursor = try query.value("cursor", "what a Link header of this list contains", Cursor.init)
    }

    /// The header that leads to the next page (RFC 8288).
    ///
    /// - Parameters:
    ///   - path: The list.
    ///   - last: The last element of this page.
    ///   - query: What asked for this page; all of it is asked for again.
    /// - Returns: The header's value.
    func link(path: String, after last: Cursor, query: Query) -> String {
        "<\(path)?cursor=\(last)\(query.repeated(without: ["cursor"]))>; rel=\"next\""
    }
}

extension [Query.Parameter] {
    /// The parameters that ask for a page.
    static var page: Self { ["limit", "cursor"] }
}
#endif
