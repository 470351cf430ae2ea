/// Whether something that a service needs is there.
public struct ReadinessCheck: Sendable, Hashable {
    /// What was checked, such as `store`.
    public let name: String
    /// What is wrong, or nil if all is well.
    public let problem: String?

    /// Checks something.
    ///
    /// - Parameters:
    ///   - name: What is checked.
    ///   - check: Returns what is wrong, or nil; an error is a problem too.
    init(_ name: String, _ check: () async throws -> String?) async {
        self.name = name
        do {
            self.problem = try await check()
        } catch let error as JobStoreError {
            self.problem = error.message
        } catch let error as CoordinatorError {
            self.problem = error.message
        } catch {
            self.problem = "\(error)"
        }
    }
}
