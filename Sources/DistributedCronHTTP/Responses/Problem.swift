#if HTTP
import HTTPTypes
import Hummingbird

/// A failure as a client sees it: a problem document (RFC 9457).
struct Problem: Error {
    /// What is wrong at one place of a request.
    struct Item {
        /// The place in the body (RFC 6901), or nil if it is elsewhere.
        var pointer: String?
        /// The member, the parameter, or the field of a schedule.
        var field: String?
        /// Where in the value, from 1.
        var column: Int?
        /// What was found.
        var value: String?
        /// What may be there.
        var allowed: String?
        /// What was probably meant.
        var suggestion: String?
        /// A sentence.
        var message: String
    }

    let kind: ProblemKind
    let detail: String?
    var items: [Item] = []
    var headers: HTTPFields = [:]

    init(_ kind: ProblemKind, _ detail: String?, items: [Item] = [], headers: HTTPFields = [:]) {
        self.kind = kind
        self.detail = detail
        self.items = items
        self.headers = headers
    }

    /// Faults of the request's content, the first of which is the detail.
    init(_ kind: ProblemKind, _ items: [Item]) {
        self.init(kind, items.first?.message, items: items)
    }

    /// The document.
    ///
    /// - Parameters:
    ///   - instance: The identity of the request, or nil if it has none.
    ///   - path: What the paths of the API begin with.
    /// - Returns: The document's members in their order.
    func document(instance: String?, path: String) -> JSONValue {
        var members = [
            JSONMember("type", .string("\(path)/problems/\(self.kind.rawValue)")),
            JSONMember("title", .string(self.kind.title)),
            JSONMember("status", .number(String(self.kind.status.code))),
        ]
        if let detail = self.detail { members.append(JSONMember("detail", .string(detail))) }
        if let instance { members.append(JSONMember("instance", .string("\(path)/requests/\(instance)"))) }
        if !self.items.isEmpty { members.append(JSONMember("errors", .array(self.items.map(\.json)))) }
        return .object(members)
    }

    /// The response.
    func response(instance: String, path: String) -> Response {
        var response = Response.json(self.document(instance: instance, path: path), status: self.kind.status)
        response.headers[.contentType] = "application/problem+json"
        for header in self.headers { response.headers[header.name] = header.value }
        return response
    }
}

extension Problem.Item {
    fileprivate var json: JSONValue {
        let members: [(String, JSONValue)] = [
            ("pointer", .optional(self.pointer)), ("field", .optional(self.field)), ("column", .optional(self.column)),
            ("value", .optional(self.value)), ("allowed", .optional(self.allowed)),
            ("suggestion", .optional(self.suggestion)), ("message", .string(self.message)),
        ]
        return .object(members.filter { $0.1 != .null }.map { JSONMember($0.0, $0.1) })
    }
}
#endif
