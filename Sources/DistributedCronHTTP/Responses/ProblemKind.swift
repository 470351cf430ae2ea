#if HTTP
import HTTPTypes

/// The kinds of problems that the API answers with; each has a page of its own.
enum ProblemKind: String, CaseIterable {
    case malformedRequest = "malformed-request"
    case invalidJSON = "invalid-json"
    case invalidField = "invalid-field"
    case invalidSchedule = "invalid-schedule"
    case invalidBase64 = "invalid-base64"
    case bodyTooLarge = "artifact-too-large"
    case unsupportedMediaType = "unsupported-media-type"
    case unknownHost = "unknown-host"
    case forbidden
    case notFound = "not-found"
    case methodNotAllowed = "method-not-allowed"
    case notAcceptable = "not-acceptable"
    case requestTimeout = "request-timeout"
    case headerTooLarge = "header-too-large"
    case rangeNotSatisfiable = "range-not-satisfiable"
    case nameTaken = "name-taken"
    case conflict
    case versionConflict = "version-conflict"
    case preconditionRequired = "precondition-required"
    case idempotencyMismatch = "idempotency-mismatch"
    case runAlreadyEnded = "run-already-ended"
    case digestMismatch = "digest-mismatch"
    case removed
    case overlap
    case backendUnavailable = "backend-unavailable"
    case `internal`

    var status: HTTPResponse.Status {
        switch self {
        case .malformedRequest, .invalidJSON, .digestMismatch: .badRequest
        case .invalidField, .invalidSchedule, .invalidBase64, .idempotencyMismatch: .unprocessableContent
        case .bodyTooLarge: .contentTooLarge
        case .unsupportedMediaType: .unsupportedMediaType
        case .unknownHost: .misdirectedRequest
        case .forbidden: .forbidden
        case .notFound: .notFound
        case .methodNotAllowed: .methodNotAllowed
        case .notAcceptable: .notAcceptable
        case .requestTimeout: .requestTimeout
        case .headerTooLarge: .requestHeaderFieldsTooLarge
        case .rangeNotSatisfiable: .rangeNotSatisfiable
        case .nameTaken, .conflict, .removed, .overlap, .runAlreadyEnded: .conflict
        case .versionConflict: .preconditionFailed
        case .preconditionRequired: .preconditionRequired
        case .backendUnavailable: .serviceUnavailable
        case .internal: .internalServerError
        }
    }

    var title: String {
        switch self {
        case .malformedRequest: "The request is not valid HTTP"
        case .invalidJSON: "The body is not valid JSON"
        case .invalidField: "The request is not valid"
        case .invalidSchedule: "The schedule is not valid"
        case .invalidBase64: "The executable is not valid BASE64"
        case .bodyTooLarge: "The body is too large"
        case .unsupportedMediaType: "The body is not declared as JSON"
        case .unknownHost: "The server does not go by this name"
        case .forbidden: "The request comes from another site"
        case .notFound: "There is nothing here"
        case .methodNotAllowed: "The method is not allowed here"
        case .notAcceptable: "The answer would not be acceptable"
        case .requestTimeout: "The request took too long to arrive"
        case .headerTooLarge: "The header is too large"
        case .rangeNotSatisfiable: "The range is not there"
        case .nameTaken: "The name is taken"
        case .conflict: "Something else was changed at the same moment"
        case .versionConflict: "The job has changed"
        case .preconditionRequired: "The request must say which version it replaces"
        case .idempotencyMismatch: "The key was used for another request"
        case .runAlreadyEnded: "The run has ended already"
        case .digestMismatch: "The bytes do not have the digest that was sent with them"
        case .removed: "The job was removed"
        case .overlap: "A run of the job is in progress"
        case .backendUnavailable: "Something that the server needs is away"
        case .internal: "The server failed"
        }
    }

    /// What the page says: what happened, and what to do.
    var explanation: String {
        switch self {
        case .malformedRequest: "The request could not be read, or its body was cut off."
        case .invalidJSON:
            "The detail names the line and the column. Members of the same name are refused, because programs differ in "
                + "which of them counts."
        case .invalidField:
            "Each entry of errors points at a member of the body, or names a parameter, and says what is allowed there."
        case .invalidSchedule:
            "The entry of errors has the field and the column of the mistake. distcron explain shows what an expression "
                + "does, and when it fires next."
        case .invalidBase64:
            "A script or a binary is posted as BASE64 of the file, in the standard or the URL-safe alphabet; padding may "
                + "be left out, and line breaks may be left in. A command is posted as it is, with type command."
        case .bodyTooLarge: "The detail names the limit."
        case .unsupportedMediaType:
            "Send the header Content-Type: application/json. With curl: -H \"Content-Type: application/json\". It is "
                + "required because a browser lets any page send other types to any server."
        case .unknownHost:
            "The Host of a request must be a loopback address or a name that the server was configured with. Other names "
                + "are refused, because any page on the web could point a name of its own at this machine."
        case .forbidden: "Browsers may send requests only from pages of the server itself."
        case .notFound: "No job, run, worker or page has this address. Removed jobs and their runs are still found."
        case .methodNotAllowed: "The header Allow of the response lists what is allowed."
        case .notAcceptable: "Send Accept: application/json, or no such header."
        case .requestTimeout: "A body must arrive without long pauses. Send the request again."
        case .headerTooLarge: "The path and the header fields must be shorter, or fewer."
        case .rangeNotSatisfiable: "The header Content-Range of the response has the length."
        case .nameTaken: "Names are unique among jobs that are not removed. Choose another, or remove the other job."
        case .conflict: "Repeat the request."
        case .versionConflict:
            "The version in If-Match is not the current one, because somebody changed the job. Get the job again, and "
                + "decide again."
        case .preconditionRequired:
            "To replace a job, send If-Match with the ETag that GET of the job answered, such as \"v7\"; or *, to replace "
                + "whatever is there."
        case .idempotencyMismatch: "An Idempotency-Key belongs to one request. Send another key with another request."
        case .runAlreadyEnded: "Its outcome is known and does not change."
        case .digestMismatch: "The bytes changed on their way. Nothing was stored under the job; send them again."
        case .removed: "A removed job keeps its history and never runs again. Create another job."
        case .overlap:
            "The job does not allow concurrent runs, and one has not ended. Wait for it, or create the job with "
                + "\"concurrency\": \"allow\"."
        case .backendUnavailable:
            "Nothing was changed, or it is safe to ask again. Retry after the seconds in Retry-After."
        case .internal: "The log of the server has more, under the request that instance names."
        }
    }
}
#endif
