#if ZooKeeper
import CZooKeeper

#if canImport(Glibc)
import Glibc
#else
import Musl
#endif

/// The memory that C reads and writes for a transaction, until it has answered.
final class TransactionMemory: @unchecked Sendable {  // lint:allow C writes before its answer, Swift reads after it
    let operations: UnsafeMutablePointer<zoo_op_t>
    let results: UnsafeMutablePointer<zoo_op_result_t>
    let count: Int
    private var paths: [UnsafeMutablePointer<CChar>?] = []
    private var data: [UnsafeMutableRawPointer] = []

    init(_ operations: [NodeOperation], access: NodeAccess) {
        self.count = operations.count
        self.operations = .allocate(capacity: max(1, operations.count))
        self.operations.initialize(repeating: zoo_op_t(), count: operations.count)
        self.results = .allocate(capacity: max(1, operations.count))
        self.results.initialize(repeating: zoo_op_result_t(), count: operations.count)
        for (index, operation) in operations.enumerated() {
            let place = self.operations + index
            let path = strdup(operation.path)
            self.paths.append(path)
            switch operation {
            case .create(_, let data, let isEphemeral):
                let mode = isEphemeral ? ZOO_EPHEMERAL : ZOO_PERSISTENT
                zoo_create_op_init(place, path, self.copy(data), Int32(data.count), access.list, mode, nil, 0)
            case .set(_, let data, let version):
                zoo_set_op_init(place, path, self.copy(data), Int32(data.count), version, nil)
            case .delete: zoo_delete_op_init(place, path, -1)
            case .check: zoo_check_op_init(place, path, -1)
            }
        }
    }

    deinit {
        for path in self.paths { free(path) }
        for block in self.data { block.deallocate() }
        self.operations.deallocate()
        self.results.deallocate()
    }

    /// The first operation that the server has refused; those before it were fine, those after it not tried.
    var failedOperation: Int? {
        (0..<self.count).first { ![ZOK.rawValue, ZRUNTIMEINCONSISTENCY.rawValue].contains(self.results[$0].err) }
    }

    private func copy(_ bytes: [UInt8]) -> UnsafePointer<CChar> {
        let block = UnsafeMutableRawPointer.allocate(byteCount: max(1, bytes.count), alignment: 1)
        bytes.withUnsafeBytes { if let base = $0.baseAddress { block.copyMemory(from: base, byteCount: $0.count) } }
        self.data.append(block)
        return UnsafePointer(block.bindMemory(to: CChar.self, capacity: max(1, bytes.count)))
    }
}
#endif
