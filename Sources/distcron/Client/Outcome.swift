import AsyncHTTPClient
import NIOCore
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
        guard case .failed(let error) = self else { return false }
        switch error {
        case let error as HTTPClientError: return error == .remoteConnectionClosed
        case let error as IOError: return [ECONNRESET, EPIPE, ECONNABORTED].contains(error.errnoCode)
        case is ChannelError: return true
        default: return false
        }
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
