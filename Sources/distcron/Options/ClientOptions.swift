import ArgumentParser
import DistributedCronProcess

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Which server a command talks to.
struct ClientOptions: ParsableArguments {
    @Option(help: "The server; otherwise DISTCRON_URL, or \(APIClient.defaultAddress).")
    var url: String?

    /// A client of the server.
    ///
    /// - Throws: ``Failure`` if the address is none.
    func client() throws -> APIClient { try APIClient(address: self.url) }
}

extension APIClient {
    /// Where a server is unless somebody says something else.
    static let defaultAddress = "http://localhost:30000"

    /// A client of the server at an address, or nil for the one that the environment names.
    ///
    /// - Throws: ``Failure`` if the address is none.
    init(address: String?) throws(Failure) {
        let environment = ProcessInfo.processInfo.environment["DISTCRON_URL"]
        let url = address ?? environment.flatMap { $0.isEmpty ? nil : $0 } ?? Self.defaultAddress
        guard url.hasPrefix("http://") || url.hasPrefix("https://") else {
            throw Failure(.usage, "\(url) is not an address of a server", help: "such as \(Self.defaultAddress)")
        }
        self.init(baseURL: String(url.reversed().drop { $0 == "/" }.reversed()))
    }
}
