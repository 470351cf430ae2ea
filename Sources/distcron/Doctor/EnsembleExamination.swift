#if ZooKeeper
import DistributedCron
import DistributedCronZooKeeper

/// What `doctor` asks an ensemble: every server of it, each for itself, and what lies at the chroot.
struct EnsembleExamination {
    /// How long a server has to answer.
    static let patience = Duration.seconds(5)

    /// What became of asking one server.
    struct Answer {
        let host: ZooKeeperConfiguration.Host
        /// What is wrong with it; nil if it answers, and its ensemble too.
        let problem: String?
    }

    let configuration: ZooKeeperConfiguration

    /// How the servers are, and whether a process of the cluster would be let in.
    ///
    /// - Parameter cluster: The cluster of the database; nil if that is not known.
    /// - Returns: A check of each server, and, if one of them can be used, of the session and of the chroot.
    func checks(cluster: ClusterID?) async -> [DoctorCheck] {
        var answers: [Answer] = []
        for host in self.configuration.hosts { answers.append(await self.ask(host)) }
        let servers = Self.servers(answers)
        // What no server lets in has said so already.
        guard answers.contains(where: { $0.problem == nil }) else { return servers }
        do {
            return servers + (try await self.examine(cluster))
        } catch let error as ZooKeeperError {
            return servers + [DoctorCheck("chroot", .bad, error.sentence)]
        } catch {
            return servers + [DoctorCheck("chroot", .bad, "\(error)")]
        }
    }

    // MARK: Servers

    private func ask(_ host: ZooKeeperConfiguration.Host) async -> Answer {
        do {
            let session = try await self.session(with: [host])
            let outcome: Result<Void, any Error>
            do {
                // Answered by the leader that most of the ensemble follows; a server without one lets nobody in.
                outcome = .success(try await session.sync("/"))
            } catch {
                outcome = .failure(error)
            }
            await session.close()
            try outcome.get()
            return Answer(host: host, problem: nil)
        } catch let error as ZooKeeperError {
            return Answer(host: host, problem: error.message)
        } catch {
            return Answer(host: host, problem: "\(error)")
        }
    }

    private func session(with hosts: [ZooKeeperConfiguration.Host]) async throws -> ZooKeeperSession {
        var configuration = self.configuration
        configuration.hosts = hosts
        configuration.connectTimeout = min(configuration.connectTimeout, Self.patience)
        return try await ZooKeeperSession.open(configuration)
    }

    /// What is to be thought of what the servers say: an ensemble can do without some.
    static func servers(_ answers: [Answer]) -> [DoctorCheck] {
        let isServed = answers.contains { $0.problem == nil }
        return answers.map { answer in
            guard let problem = answer.problem else {
                return DoctorCheck("zookeeper", .good, "\(answer.host) answers, and the leader of its ensemble too")
            }
            return DoctorCheck(
                "zookeeper",
                isServed ? .warning : .bad,
                "\(answer.host) cannot be used: \(problem)",
                fix: isServed
                    ? "start it, or see why it is cut off from the others"
                    : "start most of the ensemble's servers, or name others: with fewer, none lets anybody in"
            )
        }
    }

    // MARK: What lies there

    private func examine(_ cluster: ClusterID?) async throws -> [DoctorCheck] {
        let session = try await self.session(with: self.configuration.hosts)
        let outcome: Result<[DoctorCheck], any Error>
        do {
            outcome = .success(try await self.examine(session, cluster))
        } catch {
            outcome = .failure(error)
        }
        await session.close()
        return try outcome.get()
    }

    private func examine(_ session: ZooKeeperSession, _ cluster: ClusterID?) async throws -> [DoctorCheck] {
        let timeout = Self.timeout(session.timeout, wanted: self.configuration.sessionTimeout)
        let layout: ZooKeeperLayout?
        do {
            layout = try await ZooKeeperLayout.found(session, root: self.configuration.chroot)
        } catch let error as ZooKeeperError where error.kind == .denied {
            return [timeout, self.denied]
        }
        guard let layout else { return [timeout, self.missing] }
        let speakers = try await layout.speakers(session)
        return [timeout, self.credentials, Self.identity(layout, cluster), Self.versions(speakers)]
    }

    /// What is to be thought of the time-out that the servers have agreed to.
    static func timeout(_ timeout: Duration, wanted: Duration) -> DoctorCheck {
        var worker = WorkerConfiguration(capacity: 1)
        worker.suit(sessionTimeout: timeout)
        let words = "the servers end a session after \(timeout) of silence"
        do throws(InvalidWorkerConfiguration) {
            try worker.validate()
        } catch {
            return DoctorCheck(
                "session",
                .bad,
                "\(words), too soon for a worker: \(error.message)",
                fix: "ask for more, as in session=10s; the servers permit 2 to 20 of the ticks in their zoo.cfg"
            )
        }
        guard timeout == wanted else {
            return DoctorCheck(
                "session",
                .warning,
                "\(words), although \(wanted) was asked for",
                fix: "ask for 2 to 20 of the servers' ticks, or change tickTime or maxSessionTimeout in their zoo.cfg"
            )
        }
        return DoctorCheck("session", .good, "\(words), so a worker's lease is \(worker.lease)")
    }

    private var missing: DoctorCheck {
        DoctorCheck(
            "chroot",
            .warning,
            "nothing of a cluster is at \(self.configuration.chroot)",
            fix: "the first process of the cluster makes it; if one runs, its chroot is another: name that"
        )
    }

    private var denied: DoctorCheck {
        let user = self.configuration.credentials.map { "the user \($0)" } ?? "who shows no credentials"
        return DoctorCheck(
            "credentials",
            .bad,
            "\(user) may not read \(self.configuration.chroot), which belongs to somebody with other credentials",
            fix: "see the user and the password in DISTCRON_ZOOKEEPER_URL, or name another chroot"
        )
    }

    private var credentials: DoctorCheck {
        guard let credentials = self.configuration.credentials else {
            return DoctorCheck(
                "credentials",
                .warning,
                "none are shown, so everybody who reaches ZooKeeper may change \(self.configuration.chroot)",
                fix: "name a user and a password in DISTCRON_ZOOKEEPER_URL, with a chroot that is new"
            )
        }
        return DoctorCheck("credentials", .good, "the user \(credentials) may read \(self.configuration.chroot)")
    }

    /// What is to be thought of whose a chroot is.
    static func identity(_ layout: ZooKeeperLayout, _ cluster: ClusterID?) -> DoctorCheck {
        let words = "\(layout.root) belongs to cluster \(layout.cluster)"
        guard let cluster else { return DoctorCheck("chroot", .good, words) }
        guard cluster == layout.cluster else {
            return DoctorCheck(
                "chroot",
                .bad,
                "\(words), and the database to \(cluster)",
                fix: "give each cluster a chroot of its own"
            )
        }
        return DoctorCheck("chroot", .good, "\(words), as the database does")
    }

    /// What is to be thought of the versions that the processes speak.
    static func versions(
        _ speakers: [ZooKeeperLayout.Speaker],
        own: Int = CoordinationProtocol.version
    ) -> DoctorCheck {
        let versions = Set(speakers.map(\.version)).sorted()
        let others = versions.map { "\($0)" }.joined(separator: " and ")
        let count = "\(speakers.count) \(speakers.count == 1 ? "worker or manager" : "workers and managers")"
        let words =
            versions.isEmpty
            ? "this program speaks version \(own), and nobody is there"
            : "this program speaks version \(own), and \(count) version \(others)"
        let all = versions + [own]
        let distance = (all.max() ?? own) - (all.min() ?? own)
        if distance > CoordinationProtocol.tolerance {
            return DoctorCheck(
                "protocol",
                .bad,
                words,
                fix: "processes go together that are one version apart; upgrade by way of the releases between"
            )
        }
        if distance > 0 {
            return DoctorCheck("protocol", .warning, words, fix: "finish the upgrade before you begin the next")
        }
        return DoctorCheck("protocol", .good, words)
    }
}
#endif
