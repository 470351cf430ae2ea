#if HTTP
import DistributedCron
import HTTPTypes
import Hummingbird
import NIOCore

extension Problem {
    /// The problem that stands for an error, or nil for errors that clients learn nothing of.
    init?(_ error: any Error) {
        switch error {
        case let problem as Problem: self = problem
        case let error as JobRequestError: self.init(error)
        case let error as JobStoreError:
            guard let problem = Self.problem(for: error) else { return nil }
            self = problem
        case let error as ArtifactStoreError where error.isRetryable: self = .unavailable("the artifact store is away")
        case let error as CoordinatorError where error.code == .notFound: self.init(.notFound, error.message)
        case let error as CoordinatorError where error.isRetryable: self = .unavailable(error.message)
        case let error as HTTPError where error.status == .notFound: self.init(.notFound, "no resource has this path")
        default: return nil
        }
    }

    private init(_ error: JobRequestError) {
        let isSchedule = error.issues.allSatisfy { $0.field == "schedule" }
        self.init(isSchedule ? .invalidSchedule : .invalidField, error.issues.map(Item.init(issue:)))
    }

    private static func problem(for error: JobStoreError) -> Self? {
        switch error.code {
        case .notFound: Self(.notFound, error.message)
        case .nameTaken: Self(.nameTaken, error.message)
        case .conflict: Self(.conflict, error.message)
        case .mismatch: Self(.idempotencyMismatch, error.message)
        case .ended: Self(.runAlreadyEnded, error.message)
        case .removed: Self(.removed, error.message)
        case .overlap: Self(.overlap, error.message)
        case .unavailable: .unavailable(error.message)
        default: nil
        }
    }

    private static func unavailable(_ detail: String) -> Self {
        Self(.backendUnavailable, detail, headers: [.retryAfter: "1"])
    }
}

extension Problem.Item {
    /// What is wrong with one member of a body.
    init(issue: JobRequestError.Issue) {
        if let error = issue.schedule {
            self.init(error, pointer: "/\(issue.field)")
        } else {
            self.init(pointer: "/\(issue.field)", field: issue.field, message: issue.message)
        }
    }

    /// What is wrong with a schedule.
    init(_ error: ScheduleError, pointer: String?) {
        self.init(
            pointer: pointer,
            field: error.field.rawValue,
            column: error.column,
            value: error.text,
            allowed: error.allowed,
            suggestion: error.suggestion,
            message: error.message
        )
    }
}
#endif
