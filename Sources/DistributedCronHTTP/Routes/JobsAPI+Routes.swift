#if HTTP
import HTTPTypes
import Hummingbird

extension JobsAPI {
    /// Answers a request, with the parameters of its path.
    typealias Handler = @Sendable (Request, Parameters) async throws -> Response

    /// A path and what can be done with it.
    struct Route {
        let path: String
        let handlers: [HTTPRequest.Method: Handler]

        init(_ path: String, _ handlers: [HTTPRequest.Method: Handler]) {
            self.path = path
            self.handlers = handlers
        }
    }

    /// Every route of the API.
    var routes: [Route] {
        [
            Route("/jobs", [.get: self.listJobs, .post: self.createJob]),
            Route("/jobs/:id", [.get: self.showJob, .delete: self.removeJob]),
            Route("/jobs/:id/artifact", [.get: self.readArtifact]),
            Route("/jobs/:id/runs", [.get: self.listRuns, .post: self.runJob]),
            Route("/runs/:run", [.get: self.showRun]),
            Route("/runs/:run/log", [.get: self.readLog]),
            Route("/healthz", [.get: self.showHealth]),
            Route("/readyz", [.get: self.showReadiness]),
            Route("/problems/:slug", [.get: self.explainProblem]),
        ]
    }
}
#endif
