#if HTTP
import DistributedCron
import DistributedCronHTTP
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Synchronization
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// An API over backends in memory, at a time that stands still.
struct TestAPI {
    static let now = "2026-11-22T13:26:00Z"

    let store: InMemoryJobStore
    /// The session of the API's own process, in which a test may register a worker or lead.
    let session: InMemoryCoordinator
    let service: JobService
    let api: JobsAPI

    init(
        configuration: JobsAPI.Configuration = JobsAPI.Configuration(),
        clock: any Clock<Duration> = ContinuousClock(),
        limits change: (inout JobService.Limits) -> Void = { _ in }
    ) throws {
        var limits = JobService.Limits()
        change(&limits)
        let wallClock = StoppedClock(now: try #require(Instant(Self.now)).date)
        self.store = InMemoryJobStore(wallClock: wallClock)
        self.session = InMemoryEnsemble().session()
        let artifacts = InMemoryArtifactStore()
        self.service = JobService(
            store: self.store,
            artifacts: artifacts,
            coordinator: self.session,
            limits: limits
        )
        self.api = JobsAPI(
            service: self.service,
            configuration: configuration,
            wallClock: wallClock,
            clock: clock
        )
    }

    /// Gives a client to a test.
    func test(
        _ setup: TestingSetup = .router,
        _ body: @escaping @Sendable (any TestClientProtocol) async throws -> Void
    ) async throws {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        try await self.api.application(port: 0, logger: logger).test(setup) { try await body($0) }
    }
}

/// A clock that shows one time.
struct StoppedClock: WallClock {
    let now: Date
}

extension TestClientProtocol {
    /// Posts JSON.
    func post(_ path: String, _ body: String, headers: HTTPFields = [:]) async throws -> TestResponse {
        var headers = headers
        headers[.contentType] = headers[.contentType] ?? "application/json"
        return try await self.executeRequest(
            uri: path,
            method: .post,
            headers: headers,
            body: ByteBuffer(string: body)
        )
    }

    /// Sends a request, as JSON unless the headers are given and say something else.
    func send(
        _ method: HTTPRequest.Method,
        _ path: String,
        _ body: String?,
        headers: HTTPFields = [.contentType: "application/json"]
    ) async throws -> TestResponse {
        var headers = headers
        if body != nil, !path.contains("/artifact") {
            headers[.contentType] = headers[.contentType] ?? "application/json"
        }
        return try await self.executeRequest(
            uri: path,
            method: method,
            headers: headers,
            body: body.map { ByteBuffer(string: $0) }
        )
    }

    func get(_ path: String, headers: HTTPFields = [:]) async throws -> TestResponse {
        try await self.executeRequest(uri: path, method: .get, headers: headers, body: nil)
    }

    /// Creates a job and returns its identity.
    func createJob(
        _ members: String = #""executable":"true","schedule":"@daily","type":"command""#
    ) async throws -> String {
        let answer = try await self.post("/jobs", "{\(members)}")
        #expect(answer.status == .created)
        return try #require(try answer.json["id"]?.string)
    }
}

extension TestResponse {
    /// How many bytes the body has.
    var length: Int { self.body.readableBytes }

    /// The value of a header that has no constant.
    func header(_ name: String) -> String? { HTTPField.Name(name).flatMap { self.headers[$0] } }

    var text: String { String(buffer: self.body) }

    var json: JSONValue { get throws { try JSONParser.parse(Array(buffer: self.body)) } }

    /// The first error of a problem document.
    var firstError: JSONValue? { get throws { try self.json["errors"]?.array?.first } }
}
#endif
