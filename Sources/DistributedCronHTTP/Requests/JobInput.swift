#if HTTP
import DistributedCron

/// A job as a client describes it, before a short file in it is stored.
struct JobInput {
    /// What to run.
    enum Source {
        /// A command, a stored file, or what the job runs now.
        case settled(Executable)
        /// The bytes of a script.
        case script([UInt8])
        /// The bytes of a binary.
        case binary([UInt8])
    }

    /// The job, whose executable has no content before the source is stored.
    var request: JobRequest
    /// What to run.
    let source: Source
    /// Members that were ignored because the client asked for leniency.
    let ignored: [String]
}
#endif
