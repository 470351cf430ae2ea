/// The metadata keys of every log line of this package.
package enum LoggingKeys {
    package static let attempt = "distcron.attempt"
    package static let host = "distcron.host"
    package static let job = "distcron.job.id"
    package static let manager = "distcron.manager.id"
    package static let run = "distcron.run.id"
    package static let slots = "distcron.slots"
    package static let token = "distcron.leader.token"
    package static let worker = "distcron.worker.id"
}
