import AsyncHTTPClient
import DistributedCronHTTP
import NIOCore
import NIOHTTP1
import NIOPosix

/// A client of the REST API.
struct APIClient {
    /// What is asked.
    enum Method: String {
        case get = "GET"
        case post = "POST"
        case delete = "DELETE"
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

    private static let maximumBodyBytes = 1_024 * 1_024 * 1_024

    /// A person waits: a server that refuses the connection is told of at once, not tried again for a minute.
    private static var configuration: HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration(timeout: .init(connect: .seconds(5)))
        configuration.connectionPool.retryConnectionEstablishment = false
        return configuration
    }

    /// Asks the server.
    ///
    /// - Parameters:
    ///   - method: The method.
    ///   - path: The path with its query.
    ///   - body: What to send.
    ///   - wait: How many seconds the server may take before it answers.
    /// - Returns: The answer, if it says that the request succeeded.
    /// - Throws: ``Failure``.
    func send(
        _ method: Method,
        _ path: String,
        body: JSONValue? = nil,
        wait: Int? = nil
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: self.baseURL + path)
        request.method = HTTPMethod(rawValue: method.rawValue)
        request.headers.add(name: "Accept", value: "application/json, text/plain")
        if let wait { request.headers.add(name: "Prefer", value: "wait=\(wait)") }
        if let body {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(ByteBuffer(bytes: body.line))
        }
        let answer = try await self.execute(request, timeout: .seconds(Int64(60 + (wait ?? 0))))
        guard (200..<300).contains(answer.status) else { throw Failure(answer) }
        return answer
    }

    /// Asks the server for JSON.
    ///
    /// - Throws: ``Failure``.
    func json(
        _ method: Method,
        _ path: String,
        body: JSONValue? = nil,
        wait: Int? = nil
    ) async throws -> JSONValue {
        try await self.send(method, path, body: body, wait: wait).json()
    }

    private func execute(_ request: HTTPClientRequest, timeout: TimeAmount) async throws -> Answer {
        do {
            return try await HTTPClient.withHTTPClient(configuration: Self.configuration) { client in
                let response = try await client.execute(request, timeout: timeout)
                let body = try await response.body.collect(upTo: Self.maximumBodyBytes)
                return Answer(
                    status: Int(response.status.code),
                    headers: response.headers,
                    body: Array(buffer: body)
                )
            }
        } catch let error as CancellationError {
            throw error
        } catch {
            throw Failure(
                .unavailable,
                "no server answers at \(self.baseURL): \(Self.words(for: error))",
                help: "start one with: distcron up; or name another with --url or DISTCRON_URL"
            )
        }
    }

    private static func words(for error: any Error) -> String {
        switch error {
        case let error as NIOConnectionError:
            error.connectionErrors.first.map { Self.words(for: $0.error) } ?? "the host \(error.host) is unknown"
        case let error as IOError: FileOutput.words(for: error.errnoCode)
        default: "\(error)"
        }
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
