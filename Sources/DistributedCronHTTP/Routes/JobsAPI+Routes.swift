#if HTTP
import HTTPTypes
import Hummingbird

extension JobsAPI {
    /// Every route of the API.
    var routes: [Route] { self.jobRoutes + self.runRoutes + self.clusterRoutes + self.serverRoutes }

    private var jobRoutes: [Route] {
        [
            Route(
                "/jobs",
                Endpoint(.get, query: .page + .jobFilter + ["view", "count"], self.listJobs),
                Endpoint(.post, query: ["view", "dry_run", "lenient"], self.createJob)
            ),
            Route(
                "/jobs/:id",
                Endpoint(.get, query: ["view"], self.showJob),
                Endpoint(.put, query: ["view", "lenient"], self.replaceJob),
                Endpoint(.patch, query: ["view", "lenient"], self.patchJob),
                Endpoint(.delete, query: ["running"], content: .other, self.removeJob)
            ),
            Route(
                "/jobs/:id/artifact",
                Endpoint(.get, content: .other, self.readArtifact),
                Endpoint(.put, query: ["type"], content: .other, self.replaceArtifact)
            ),
            Route("/jobs/:id/pause", Endpoint(.post, query: ["view"], self.pauseJob)),
            Route("/jobs/:id/resume", Endpoint(.post, query: ["view"], self.resumeJob)),
            Route("/jobs/:id/next", Endpoint(.get, query: ["count", "after", "tz"], self.listNext)),
            Route("/jobs/:id/why", Endpoint(.get, query: ["at"], self.explainInstant)),
            Route(
                "/schedule/preview",
                Endpoint(.get, query: ["expr", "tz", "dst", "seconds", "after", "count"], self.previewSchedule)
            ),
        ]
    }

    private var runRoutes: [Route] {
        [
            Route(
                "/jobs/:id/runs",
                Endpoint(.get, query: .page + .runFilter, self.listJobRuns),
                Endpoint(.post, self.runJob)
            ),
            Route("/jobs/:id/backfill", Endpoint(.post, query: ["dry_run"], self.backfillJob)),
            Route("/jobs/:id/gaps", Endpoint(.get, query: ["limit"], self.listGaps)),
            Route("/runs", Endpoint(.get, query: .page + .runFilter + ["job"], self.listRuns)),
            Route("/runs/:run", Endpoint(.get, self.showRun)),
            Route("/runs/:run/cancel", Endpoint(.post, self.cancelRun)),
            Route("/runs/:run/retry", Endpoint(.post, self.retryRun)),
            Route("/runs/:run/log", Endpoint(.get, query: ["tail", "stream", "ansi"], content: .other, self.readLog)),
            Route("/runs/:run/log/stream", Endpoint(.get, content: .endless, self.followLog)),
        ]
    }

    private var clusterRoutes: [Route] {
        [
            Route("/workers", Endpoint(.get, query: .page, self.listWorkers)),
            Route("/workers/:worker", Endpoint(.get, self.showWorker)),
            Route("/workers/:worker/drain", Endpoint(.post, self.drainWorker)),
            Route("/workers/:worker/undrain", Endpoint(.post, self.undrainWorker)),
            Route("/cluster", Endpoint(.get, self.showCluster)),
        ]
    }

    private var serverRoutes: [Route] {
        [
            Route("/healthz", Endpoint(.get, self.showHealth)),
            Route("/readyz", Endpoint(.get, self.showReadiness)),
            Route("/version", Endpoint(.get, self.showVersion)),
            Route("/openapi.yaml", Endpoint(.get, content: .other, self.showDescription)),
            Route("/problems/:slug", Endpoint(.get, content: .other, self.explainProblem)),
        ]
    }
}

extension [Query.Parameter] {
    fileprivate static var jobFilter: Self {
        ["q", "name", "status", "type", "state", Query.Parameter("label", isRepeatable: true)]
    }

    fileprivate static var runFilter: Self { ["result", "state", "worker", "trigger", "since", "until"] }
}
#endif
