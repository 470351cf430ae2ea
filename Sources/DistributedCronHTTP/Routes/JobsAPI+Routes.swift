#if HTTP
import HTTPTypes
import Hummingbird

extension JobsAPI {
    /// Every route of the API.
    var routes: [Route] {
        [
            Route(
                "/jobs",
                Endpoint(.get, query: .page + ["view"], self.listJobs),
                Endpoint(.post, query: ["view"], self.createJob)
            ),
            Route(
                "/jobs/:id",
                Endpoint(.get, query: ["view"], self.showJob),
                Endpoint(.delete, self.removeJob)
            ),
            Route("/jobs/:id/artifact", Endpoint(.get, content: .other, self.readArtifact)),
            Route("/jobs/:id/runs", Endpoint(.get, query: .page, self.listRuns), Endpoint(.post, self.runJob)),
            Route("/runs/:run", Endpoint(.get, self.showRun)),
            Route("/runs/:run/log", Endpoint(.get, query: ["stream"], content: .other, self.readLog)),
            Route(
                "/schedule/preview",
                Endpoint(.get, query: ["expr", "tz", "dst", "seconds", "after", "count"], self.previewSchedule)
            ),
            Route("/healthz", Endpoint(.get, self.showHealth)),
            Route("/readyz", Endpoint(.get, self.showReadiness)),
            Route("/version", Endpoint(.get, self.showVersion)),
            Route("/openapi.yaml", Endpoint(.get, content: .other, self.showDescription)),
            Route("/problems/:slug", Endpoint(.get, content: .other, self.explainProblem)),
        ]
    }
}
#endif
