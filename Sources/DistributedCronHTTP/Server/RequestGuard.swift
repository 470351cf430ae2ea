#if HTTP
import HTTPTypes
import Hummingbird

/// Refuses what a page in the user's browser could send without the user's knowledge.
///
/// Until there is authentication, whoever reaches the server may run code on it. A foreign page reaches a loopback
/// address too, by a name of its own that it points there (DNS rebinding), or by simple requests whose answer it cannot
/// read. Hence only known names of the server, and only its own pages.
struct RequestGuard: Sendable {
    /// Names by which the server goes beside the loopback ones, in lower case and without a port.
    let allowedHosts: Set<String>
    /// The origin of the external URL, if one is configured.
    let externalOrigin: String?

    /// Checks a request.
    ///
    /// - Throws: A problem if the request has a foreign host or a foreign origin.
    func check(_ request: Request) throws(Problem) {
        let authority = request.head.authority ?? ""
        guard self.isKnown(authority) else {
            throw Problem(
                .unknownHost,
                authority.isEmpty
                    ? "the request does not say which host it is for"
                    : "\(authority.prefix(253)) is not a name of this server; use localhost or configure the name"
            )
        }
        if let origin = request.headers[.origin], !self.isOwn(origin, authority: authority) {
            throw Problem(.forbidden, "a page of \(origin.prefix(253)) may not use this server")
        }
        if let site = request.headers[.secFetchSite], site != "same-origin", site != "none" {
            throw Problem(.forbidden, "a page of another site may not use this server")
        }
    }

    private func isKnown(_ authority: String) -> Bool {
        guard let host = Self.host(of: authority) else { return false }
        return Self.isLoopback(host) || self.allowedHosts.contains(host)
    }

    private func isOwn(_ origin: String, authority: String) -> Bool {
        let origin = origin.lowercased()
        return origin == "http://\(authority.lowercased())" || origin == self.externalOrigin
    }

    /// The host of `host`, `host:port` or `[address]:port`, in lower case; nil if the text is none of them.
    static func host(of authority: String) -> String? {
        let text = authority.lowercased()
        let rest: Substring
        let host: Substring
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { return nil }
            (host, rest) = (text[...end], text[text.index(after: end)...])
        } else {
            let end = text.firstIndex(of: ":") ?? text.endIndex
            (host, rest) = (text[..<end], text[end...])
        }
        let isPort = rest.isEmpty || rest.first == ":" && UInt16(rest.dropFirst()) != nil
        return isPort && !host.isEmpty ? String(host) : nil
    }

    /// Whether a host can only be this machine: a loopback address of RFC 1122 or 4291, or `localhost` of RFC 6761.
    static func isLoopback(_ host: String) -> Bool {
        if host == "localhost" || host == "[::1]" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}
#endif
