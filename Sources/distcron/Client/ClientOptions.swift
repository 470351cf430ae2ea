import ArgumentParser

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Which server a command talks to.
struct ClientOptions: ParsableArguments {
    static let defaultURL = "http://localhost:30000"

    @Option(help: "The server; otherwise DISTCRON_URL, or \(Self.defaultURL).")
    var url: String?

    /// A client of the server.
    ///
    /// - Throws: ``Failure`` if the address is none.
    func client() throws -> APIClient {
        let environment = ProcessInfo.processInfo.environment["DISTCRON_URL"]
        let url = self.url ?? environment.flatMap { $0.isEmpty ? nil : $0 } ?? Self.defaultURL
        guard url.hasPrefix("http://") || url.hasPrefix("https://") else {
            throw Failure(.usage, "\(url) is not an address of a server", help: "such as \(Self.defaultURL)")
        }
        return APIClient(baseURL: String(url.reversed().drop { $0 == "/" }.reversed()))
    }
}
