import AsyncHTTPClient
import DistributedCronProcess
import NIOCore
import NIOHTTP1
import NIOPosix

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// What became of a request that was sent once.
enum Outcome {
    case answered(APIClient.Answer)
    case failed(any Error)

    /// Whether the connection ended before the answer, so that nobody knows whether the server has done it.
    var isLost: Bool {
        if case .failed(let error) = self { error.isLossOfConnection } else { false }
    }

    /// The answer.
    ///
    /// - Throws: ``Failure`` if there is none.
    func answer(_ client: APIClient) throws(Failure) -> APIClient.Answer {
        switch self {
        case .answered(let answer): return answer
        case .failed(let error): throw Failure(unreachable: client.baseURL, error)
        }
    }
}

extension Error {
    /// Whether a connection that was there has ended in the middle of something.
    var isLossOfConnection: Bool {
        switch self {
        case let error as HTTPClientError: error == .remoteConnectionClosed || error == .readTimeout
        case let error as IOError: [ECONNRESET, EPIPE, ECONNABORTED].contains(error.errnoCode)
        // The parser's word for a body that was cut off.
        case is ChannelError, is HTTPParserError: true
        default: false
        }
    }
}

extension Failure {
    /// No server answers.
    init(unreachable url: String, _ error: any Error) {
        self.init(
            .unavailable,
            "no server answers at \(url): \(Self.words(for: error))",
            help: "start one with: distcron up; or name another with --url or DISTCRON_URL"
        )
    }

    private static func words(for error: any Error) -> String {
        switch error {
        case let error as NIOConnectionError:
            error.connectionErrors.first.map { Self.words(for: $0.error) } ?? "the host \(error.host) is unknown"
        case let error as IOError: FileOutput.words(for: error.errnoCode)
        case let error as HTTPClientError: error.shortDescription
        default: "\(error)"
        }
    }
}
