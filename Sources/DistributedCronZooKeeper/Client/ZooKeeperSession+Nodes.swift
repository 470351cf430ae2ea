#if ZooKeeper
import CZooKeeper

/// How long a new node lives, and whether the server completes its name.
package enum NodeMode: Sendable, Hashable {
    /// Until it is deleted.
    case persistent
    /// As long as the session.
    case ephemeral
    /// As long as the session, with a rising number of ten digits at the end of its name.
    case ephemeralSequential

    var flags: Int32 {
        switch self {
        case .persistent: ZOO_PERSISTENT
        case .ephemeral: ZOO_EPHEMERAL
        case .ephemeralSequential: ZOO_EPHEMERAL_SEQUENTIAL
        }
    }
}

extension ZooKeeperSession {
    /// How much a call may carry: a server drops the connection of who sends more than about a megabyte.
    package static let maximumBytes = 900_000

    /// Creates a node.
    ///
    /// - Parameters:
    ///   - path: The path, of which all but the last part exists; the server adds to it where the mode says so.
    ///   - data: The data.
    ///   - mode: How long it lives.
    ///   - access: Who may use it; nil for what the session's nodes have.
    /// - Returns: What the server knows of it.
    /// - Throws: ``ZooKeeperError``; `CancellationError`.
    @discardableResult
    package func create(
        _ path: String,
        _ data: [UInt8] = [],
        mode: NodeMode = .persistent,
        access: NodeAccess? = nil
    ) async throws -> NodeStat {
        try Self.checkSize(data.count, "create \(path)")
        let list = (access ?? self.access).list
        return try await self.call(returning: NodeStat.self, "create \(path)") { handle, context in
            data.withCharacters { bytes, count in
                zoo_acreate2(
                    handle,
                    path,
                    bytes,
                    count,
                    list,
                    mode.flags,
                    { code, _, stat, context in
                        PendingCall<NodeStat>.answer(context, code: code) { _ in stat.map { NodeStat($0.pointee) } }
                    },
                    context
                )
            }
        }
    }

    /// Reads a node's data.
    ///
    /// - Parameters:
    ///   - path: The path.
    ///   - isWatched: Whether ``looks(at:)`` is to tell of the next change of the data, or of the node's end.
    /// - Returns: The node.
    /// - Throws: ``ZooKeeperError``, of the kind `noNode` if there is none; `CancellationError`.
    package func get(_ path: String, isWatched: Bool = false) async throws -> Node {
        try await self.call(returning: Node.self, "get \(path)") { handle, context in
            zoo_aget(
                handle,
                path,
                isWatched ? 1 : 0,
                { code, bytes, count, stat, context in
                    PendingCall<Node>.answer(context, code: code) { _ in
                        stat.map { Node(data: Array(bytes, count: count), stat: NodeStat($0.pointee)) }
                    }
                },
                context
            )
        }
    }

    /// Asks what the server knows of a node.
    ///
    /// - Parameters:
    ///   - path: The path.
    ///   - isWatched: Whether ``looks(at:)`` is to tell of the node's creation, its next change or its end.
    /// - Returns: What it knows, or nil if there is no such node.
    /// - Throws: ``ZooKeeperError``; `CancellationError`.
    package func stat(_ path: String, isWatched: Bool = false) async throws -> NodeStat? {
        do {
            return try await self.call(returning: NodeStat.self, "exists \(path)") { handle, context in
                zoo_aexists(
                    handle,
                    path,
                    isWatched ? 1 : 0,
                    { code, stat, context in
                        PendingCall<NodeStat>.answer(context, code: code) { _ in stat.map { NodeStat($0.pointee) } }
                    },
                    context
                )
            }
        } catch let error as ZooKeeperError where error.kind == .noNode {
            return nil
        }
    }

    /// Lists a node's children, in no order.
    ///
    /// - Parameters:
    ///   - path: The path.
    ///   - isWatched: Whether ``looks(at:)`` is to tell of the next child that comes or goes, or of the node's end.
    /// - Returns: The names, and what the server knows of the parent.
    /// - Throws: ``ZooKeeperError``, of the kind `noNode` if there is no such node; `CancellationError`.
    package func children(of path: String, isWatched: Bool = false) async throws -> NodeChildren {
        try await self.call(returning: NodeChildren.self, "list \(path)") { handle, context in
            zoo_aget_children2(
                handle,
                path,
                isWatched ? 1 : 0,
                { code, list, stat, context in
                    PendingCall<NodeChildren>.answer(context, code: code) { _ in
                        guard let list, let stat else { return nil }
                        return NodeChildren(names: Array(list.pointee), stat: NodeStat(stat.pointee))
                    }
                },
                context
            )
        }
    }

    /// Replaces a node's data.
    ///
    /// - Parameters:
    ///   - path: The path.
    ///   - data: The new data.
    ///   - version: The version that the node has to have; nil: whichever.
    /// - Returns: What the server knows of the node.
    /// - Throws: ``ZooKeeperError``, of the kind `badVersion` or `noNode`; `CancellationError`.
    @discardableResult
    package func set(_ path: String, _ data: [UInt8], version: Int32? = nil) async throws -> NodeStat {
        try Self.checkSize(data.count, "set \(path)")
        return try await self.call(returning: NodeStat.self, "set \(path)") { handle, context in
            data.withCharacters { bytes, count in
                zoo_aset(
                    handle,
                    path,
                    bytes,
                    count,
                    version ?? -1,
                    { code, stat, context in
                        PendingCall<NodeStat>.answer(context, code: code) { _ in stat.map { NodeStat($0.pointee) } }
                    },
                    context
                )
            }
        }
    }

    /// Removes a node.
    ///
    /// - Throws: ``ZooKeeperError``, of the kind `noNode` if there is none, or `notEmpty`; `CancellationError`.
    package func delete(_ path: String) async throws {
        try await self.call(returning: Void.self, "delete \(path)") { handle, context in
            zoo_adelete(handle, path, -1, { PendingCall<Void>.answer($1, code: $0) { _ in () } }, context)
        }
    }

    /// Waits until this session's server knows everything that was acknowledged to anybody before.
    ///
    /// - Throws: ``ZooKeeperError``; `CancellationError`.
    package func sync(_ path: String) async throws {
        try await self.call(returning: Void.self, "sync \(path)") { handle, context in
            zoo_async(handle, path, { PendingCall<Void>.answer($2, code: $0) { _ in () } }, context)
        }
    }

    /// Carries out all of some operations, or none.
    ///
    /// - Throws: ``ZooKeeperError``, which knows the operation that was refused; `CancellationError`.
    package func commit(_ operations: [NodeOperation]) async throws {
        guard !operations.isEmpty else { return }
        let name = "commit \(operations.count) changes, the first of \(operations[0].path)"
        try Self.checkSize(operations.reduce(0) { $0 + $1.size }, name)
        let memory = TransactionMemory(operations, access: self.access)
        try await self.call(returning: Void.self, name, memory: memory) { handle, context in
            zoo_amulti(
                handle,
                Int32(memory.count),
                memory.operations,
                memory.results,
                { PendingCall<Void>.answer($1, code: $0) { _ in () } },
                context
            )
        }
    }

    private static func checkSize(_ bytes: Int, _ operation: String) throws {
        guard bytes > self.maximumBytes else { return }
        throw ZooKeeperError(
            .tooLarge,
            operation: operation,
            message: "ZooKeeper takes no more than \(self.maximumBytes) bytes at once, and not \(bytes): \(operation)"
        )
    }
}

/// A node as it was read.
package struct Node: Sendable, Hashable {
    /// The data.
    package let data: [UInt8]
    /// What the server knows besides.
    package let stat: NodeStat
}

/// A node's children as they were listed.
package struct NodeChildren: Sendable, Hashable {
    /// The names, in no order.
    package let names: [String]
    /// What the server knows of the parent.
    package let stat: NodeStat
}

extension [UInt8] {
    /// The bytes that C shows; there are none where it has a null pointer and a negative count.
    fileprivate init(_ bytes: UnsafePointer<CChar>?, count: Int32) {
        self = bytes.map { Array(UnsafeRawBufferPointer(start: $0, count: Int(Swift.max(0, count)))) } ?? []
    }

    /// Shows the bytes to C, which copies them.
    fileprivate func withCharacters<Result>(_ body: (UnsafePointer<CChar>?, Int32) -> Result) -> Result {
        self.withUnsafeBytes { body($0.bindMemory(to: CChar.self).baseAddress, Int32($0.count)) }
    }
}

extension [String] {
    fileprivate init(_ list: String_vector) {
        let names = UnsafeMutableBufferPointer(start: list.data, count: Int(list.count))
        self = names.compactMap { name in name.map { String(cString: $0) } }
    }
}
#endif
