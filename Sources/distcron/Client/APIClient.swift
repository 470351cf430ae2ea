import AsyncHTTPClient
import DistributedCron
import DistributedCronHTTP
import DistributedCronProcess
import NIOCore
import NIOHTTP1

/// A client of the REST API.
struct APIClient: Sendable {
    /// What is asked.
    enum Method: String {
        case get = "GET"
        case post = "POST"
        case patch = "PATCH"
        case delete = "DELETE"
    }

    /// What is sent.
    enum Content: Sendable {
        case json(JSONValue)
        /// A document with a file in it.
        case upload(Upload)
    }

    /// What a server answered.
    struct Answer {
        let status: Int
        let headers: HTTPHeaders
        let body: [UInt8]

        /// The value of a header, or nil if there is none.
        func header(_ name: String) -> String? { self.headers.first(name: name) }
    }

    /// The address before the paths, without a slash at its end.
    let baseURL: String
    var clock: any Clock<Duration> = ContinuousClock()
    var identities = IdentitySource()
    var retries = RetryRule()
    /// How long the server may take for what it can do at once.
    var patience = Duration.seconds(60)

    private static let maximumBodyBytes = 1_024 * 1_024 * 1_024

    /// A person waits: a server that refuses the connection is told of at once, not tried again for a minute.
    static var configuration: HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration(timeout: .init(connect: .seconds(5)))
        configuration.connectionPool.retryConnectionEstablishment = false
        return configuration
    }

    /// Asks the server, again if the connection is lost or the server says that it may work later.
    ///
    /// - Parameters:
    ///   - method: The method.
    ///   - path: The path with its query.
    ///   - body: What to send.
    ///   - version: The entity tag of the version that is to be changed.
    ///   - wait: How many seconds the server may take before it answers.
    /// - Returns: The answer, if it says that the request succeeded.
    /// - Throws: ``Failure``.
    func send(
        _ method: Method,
        _ path: String,
        body: Content? = nil,
        ifMatch version: String? = nil,
        wait: Int? = nil
    ) async throws -> Answer {
        let answer = try await self.answer(method, path, body: body, ifMatch: version, wait: wait)
        guard (200..<300).contains(answer.status) else { throw Failure(answer) }
        return answer
    }

    /// Asks the server for JSON.
    ///
    /// - Throws: ``Failure``.
    func json(
        _ method: Method,
        _ path: String,
        body: Content? = nil,
        wait: Int? = nil
    ) async throws -> JSONValue {
        try await self.send(method, path, body: body, wait: wait).json()
    }

    /// Asks the server, and returns whatever it answers.
    ///
    /// - Throws: ``Failure`` if there is no answer.
    func answer(
        _ method: Method,
        _ path: String,
        body: Content? = nil,
        ifMatch version: String? = nil,
        wait: Int? = nil
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: self.baseURL + path)
        request.method = HTTPMethod(rawValue: method.rawValue)
        request.headers.add(name: "Accept", value: "application/json, text/plain")
        if let version { request.headers.add(name: "If-Match", value: version) }
        if let wait { request.headers.add(name: "Prefer", value: "wait=\(wait)") }
        // One key for all tries: whatever became of the first, the others do nothing twice.
        if method == .post { request.headers.add(name: "Idempotency-Key", value: self.requestKey()) }
        var failures = 0
        while true {
            request.setContent(body)
            let outcome = try await self.attempt(request, timeout: self.timeout(body, wait))
            failures += 1
            guard method != .patch, body?.isRepeatable ?? true, let pause = self.retries.pause(after: failures, outcome)
            else { return try outcome.answer(self) }
            try await self.clock.sleep(for: pause)
        }
    }

    private func attempt(_ request: HTTPClientRequest, timeout: TimeAmount) async throws -> Outcome {
        do {
            return try await HTTPClient.withHTTPClient(configuration: Self.configuration) { client in
                let response = try await client.execute(request, timeout: timeout)
                let body = try await response.body.collect(upTo: Self.maximumBodyBytes)
                return .answered(
                    Answer(
                        status: Int(response.status.code),
                        headers: response.headers,
                        body: Array(buffer: body)
                    )
                )
            }
        } catch let error as CancellationError {
            throw error
        } catch let failure as Failure {
            throw failure
        } catch {
            return .failed(error)
        }
    }

    /// A name for a request; a job's identity is as unique, and nothing else here needs to be.
    private func requestKey() -> String { "\(self.identities.jobID(at: SystemWallClock().now))" }

    private func timeout(_ body: Content?, _ wait: Int?) -> TimeAmount {
        // However slow the line is, a file may take its time.
        if case .upload = body { .hours(24) } else { TimeAmount(self.patience + .seconds(wait ?? 0)) }
    }
}

extension APIClient.Content {
    /// Whether it can be sent again; what comes from a pipe cannot.
    fileprivate var isRepeatable: Bool {
        if case .upload(let upload) = self { upload.size != nil } else { true }
    }
}

extension APIClient.Answer {
    /// The body as JSON.
    ///
    /// - Throws: ``Failure`` if it is none.
    func json() throws -> JSONValue {
        do {
            return try JSONParser.parse(self.body)
        } catch {
            throw Failure(.internal, "the server did not answer with JSON: \(error)", help: "is it a distcron server?")
        }
    }
}

extension HTTPClientRequest {
    /// Attaches what is to be sent; a file is opened anew for every request.
    fileprivate mutating func setContent(_ content: APIClient.Content?) {
        guard let content else { return }
        self.headers.replaceOrAdd(name: "Content-Type", value: "application/json")
        switch content {
        case .json(let json): self.body = .bytes(ByteBuffer(bytes: json.line))
        case .upload(let upload):
            self.body = .stream(
                UploadPieces(upload: upload),
                length: upload.length.map { .known(Int64($0)) } ?? .unknown
            )
        }
    }
}
