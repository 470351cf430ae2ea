#if MariaDB
/// Memory that a statement reads from or writes to while it executes, freed as a whole.
///
/// libmariadb keeps the addresses that it is given, so nothing may move before the execution is over.
final class Arena {
    private static let chunkSize = 65_536
    private var chunks: [UnsafeMutableRawPointer] = []
    private var next: UnsafeMutableRawPointer?
    private var left = 0

    deinit { for chunk in self.chunks { chunk.deallocate() } }

    /// Room for some values, all of whose bytes are zero.
    ///
    /// Only for types that consist of their bytes; a struct of C does, but Swift does not know it of all.
    func zeroed<Value>(_ type: Value.Type, count: Int) -> UnsafeMutablePointer<Value> {
        let size = max(count, 1) * MemoryLayout<Value>.stride
        let memory = self.allocate(size)
        memory.initializeMemory(as: UInt8.self, repeating: 0, count: size)
        return memory.bindMemory(to: type, capacity: max(count, 1))
    }

    /// A copy of one value.
    func store<Value: BitwiseCopyable>(_ value: Value) -> UnsafeMutablePointer<Value> {
        let pointer = self.zeroed(Value.self, count: 1)
        pointer.pointee = value
        return pointer
    }

    /// A copy of some bytes.
    func copy(_ bytes: UnsafeBufferPointer<UInt8>) -> UnsafeMutablePointer<CChar> {
        let memory = self.allocate(max(bytes.count, 1))
        if let source = bytes.baseAddress { memory.copyMemory(from: source, byteCount: bytes.count) }
        return memory.bindMemory(to: CChar.self, capacity: max(bytes.count, 1))
    }

    private func allocate(_ size: Int) -> UnsafeMutableRawPointer {
        let size = (size + 15) & ~15
        guard size <= Self.chunkSize / 4 else {
            let chunk = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
            self.chunks.append(chunk)
            return chunk
        }
        if size > self.left {
            let chunk = UnsafeMutableRawPointer.allocate(byteCount: Self.chunkSize, alignment: 16)
            self.chunks.append(chunk)
            self.next = chunk
            self.left = Self.chunkSize
        }
        defer {
            self.next = self.next.map { $0 + size }
            self.left -= size
        }
        // There is a chunk by now: `left` is zero until the first is made.
        return self.next ?? UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
    }
}
#endif
