#if HTTP
import HTTPTypes
import Hummingbird

/// A request with what its path and its query say.
struct APIRequest {
    let http: Request
    let parameters: Parameters
    let query: Query
}

/// What a method does at a path.
struct Endpoint: Sendable {
    /// Answers a request.
    typealias Handler = @Sendable (APIRequest) async throws -> Response

    /// What its answers are.
    enum Content {
        /// JSON, or nothing.
        case json
        /// Anything else, which has an end.
        case other
        /// A stream without an end, which nobody can ask the length of.
        case endless
    }

    let method: HTTPRequest.Method
    /// The parameters that it knows; others are refused.
    let query: [Query.Parameter]
    let content: Content
    private let handler: Handler

    /// Describes an endpoint.
    init(
        _ method: HTTPRequest.Method,
        query: [Query.Parameter] = [],
        content: Content = .json,
        _ handler: @escaping Handler
    ) {
        self.method = method
        self.query = query
        self.content = content
        self.handler = handler
    }

    /// Answers a request, if the query is known and the client takes what comes.
    @concurrent
    func respond(to request: Request, _ parameters: Parameters) async throws -> Response {
        let query = try Query(request, known: self.query)
        if self.content == .json { try request.requireAcceptance() }
        return try await self.handler(APIRequest(http: request, parameters: parameters, query: query))
    }

    /// What GET says before its body.
    @concurrent
    func respondToHead(_ request: Request, _ parameters: Parameters) async throws -> Response {
        let response = try await self.respond(to: request, parameters)
        return self.content == .endless ? response.createHeadResponse() : try await response.withoutBody()
    }
}

/// A path and what can be done with it.
struct Route: Sendable {
    let path: String
    let endpoints: [Endpoint]

    init(_ path: String, _ endpoints: Endpoint...) {
        self.path = path
        self.endpoints = endpoints
    }

    /// Whether there is an endpoint for a method; one for GET answers HEAD as well.
    func answers(_ method: HTTPRequest.Method) -> Bool {
        self.endpoints.contains { $0.method == method || $0.method == .get && method == .head }
    }

    /// The methods, as the header `Allow` lists them.
    var allowed: String {
        let methods = self.endpoints.map(\.method.rawValue)
        return (methods.contains("GET") ? methods + ["HEAD"] : methods).sorted().joined(separator: ", ")
    }
}
#endif
