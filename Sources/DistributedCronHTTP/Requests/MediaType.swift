#if HTTP
import HTTPTypes
import Hummingbird

/// A media type as a header names it (RFC 9110 8.3.1), in lower case.
struct MediaType {
    /// The type and the subtype, such as `application/json`.
    let name: String
    /// The parameters without their quotes.
    let parameters: [(name: String, value: String)]

    /// Reads one type with its parameters.
    init(_ text: some StringProtocol) {
        let parts = text.split(separator: ";", omittingEmptySubsequences: false).map { Substring($0).trimmingBlanks }
        self.name = parts[0].lowercased()
        self.parameters = parts.dropFirst().compactMap { part in
            let pair = part.split(separator: "=", maxSplits: 1)
            guard pair.count == 2 else { return nil }
            let value = pair[1].trimmingBlanks
            let isQuoted = value.count >= 2 && value.hasPrefix("\"") && value.hasSuffix("\"")
            return (
                pair[0].trimmingBlanks.lowercased(),
                (isQuoted ? value.dropFirst().dropLast() : value).lowercased()
            )
        }
    }

    /// The value of a parameter, or nil if it is absent.
    subscript(_ parameter: String) -> String? { self.parameters.first { $0.name == parameter }?.value }
}

extension Request {
    /// Makes sure that the body is declared as JSON in UTF-8.
    ///
    /// Other types are refused because a browser lets any page send them to any server.
    ///
    /// - Parameter others: What is accepted beside `application/json`.
    /// - Throws: A problem that says what to send.
    func requireJSON(or others: [String] = []) throws(Problem) {
        let declared = self.headers[.contentType]
        let type = declared.map { MediaType($0) }
        let isJSON = type.map { $0.name == "application/json" || others.contains($0.name) } ?? false
        guard isJSON, ["utf-8", "utf8", nil].contains(type?["charset"]) else {
            let sent = declared.map { "it is declared as \($0.prefix(64))" } ?? "it is not declared as anything"
            throw Problem(
                .unsupportedMediaType,
                "\(sent); send the header Content-Type: application/json, which is UTF-8",
                headers: [.accept: (["application/json"] + others).joined(separator: ", ")]
            )
        }
    }

    /// Makes sure that the client takes JSON for an answer.
    ///
    /// - Throws: A problem if the client's `Accept` excludes it (RFC 9110 12.5.1).
    func requireAcceptance() throws(Problem) {
        let ranges = self.headers[values: .accept].flatMap { $0.split(separator: ",") }.map { MediaType($0) }
        guard !ranges.isEmpty else { return }
        // The most specific range that matches decides.
        for name in ["application/json", "application/*", "*/*"] {
            guard let range = ranges.first(where: { $0.name == name }) else { continue }
            guard let quality = range["q"].flatMap({ Double($0) }), quality <= 0 else { return }
            break
        }
        throw Problem(.notAcceptable, "the answer is application/json, which the header Accept excludes")
    }
}
#endif
