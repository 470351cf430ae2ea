import DistributedCronHTTP
import DistributedCronProcess

extension Failure {
    /// What a server refused, and why.
    init(_ answer: APIClient.Answer) {
        let problem = try? JSONParser.parse(answer.body)
        let title = problem?["title"]?.string.map { "\($0.prefix(1).lowercased())\($0.dropFirst())" }
        let detail = problem?["detail"]?.string
        let first = [title ?? "the server answered with status \(answer.status)", detail].compactMap(\.self)
        let others = problem?["errors"]?.array?.dropFirst().compactMap { $0["message"]?.string } ?? []
        let lines = ([first.joined(separator: ": ")] + others).map(Table.printable)
        self.init(
            Self.code(for: answer.status),
            lines.joined(separator: "\n       "),
            help: Self.help(for: answer.status, problem)
        )
        self.status = answer.status
    }

    private static func code(for status: Int) -> Code {
        switch status {
        case 400, 413, 422: .badData
        case 401, 403: .notPermitted
        case 404: .notFound
        case 409: .conflict
        case 412, 429, 503: .tryAgain
        case 415, 421: .configuration
        case 500...: .internal
        default: .failed
        }
    }

    private static func help(for status: Int, _ problem: JSONValue?) -> String? {
        switch (status, problem?["type"]?.string?.split(separator: "/").last) {
        case (409, "name-taken"?): "choose another name, or change that job with: distcron set"
        case (409, "overlap"?): "wait for its end, or end it with: distcron cancel"
        case (404, _): "distcron list shows what there is"
        case (500..., _): problem?["instance"]?.string.map { "the server's log has more under \($0)" }
        default: nil
        }
    }
}
