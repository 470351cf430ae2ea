#if ZooKeeper
import CZooKeeper
import Logging

/// What the C client has to say, which it would otherwise write to standard error.
///
/// One for the process, because C calls back without saying for which handle.
enum ClientLog {
    private static let logger = Logger(label: "distcron.zookeeper")

    /// The function that C calls, on its threads.
    static let callback: log_callback_fn = { message in
        guard let message else { return }
        ClientLog.logger.trace("The ZooKeeper client says something", metadata: ["text": "\(String(cString: message))"])
    }

    /// Has C say only what matters.
    ///
    /// Its most talkative level is not safe in 3.8.0 (ZOOKEEPER-4809).
    static let quieten: Void = zoo_set_debug_level(ZOO_LOG_LEVEL_WARN)
}
#endif
