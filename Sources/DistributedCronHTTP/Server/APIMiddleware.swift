#if HTTP
import HTTPTypes
import Hummingbird
import Logging

/// What surrounds every route: the guard before it, problem documents after it.
struct APIMiddleware<Context: RequestContext>: RouterMiddleware {
    let requestGuard: RequestGuard
    let path: String

    @concurrent
    func handle(
        _ request: Request,
        context: Context,
        next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        do {
            try self.requestGuard.check(request)
            return try await next(request, context)
        } catch let error as CancellationError {
            throw error
        } catch {
            return self.response(to: error, context: context)
        }
    }

    private func response(to error: any Error, context: Context) -> Response {
        let problem = Problem(error) ?? Problem(.internal, nil)
        if problem.kind == .internal {
            context.logger.error("Request failed", metadata: ["error": "\(error)"])
        }
        return problem.response(instance: context.id, path: self.path)
    }
}
#endif
