import CSpawn

/// A pipe of which one end goes to a process; the other one does not block.
struct Pipe: ~Copyable, Sendable {
    let readEnd: Descriptor
    let writeEnd: Descriptor

    init() throws(SystemError) {
        var readEnd: Int32 = -1
        var writeEnd: Int32 = -1
        let number = distcron_pipe(&readEnd, &writeEnd)
        guard number == 0 else {
            throw SystemError(doing: "make a pipe", number: number)
        }
        self.readEnd = Descriptor(owning: readEnd)
        self.writeEnd = Descriptor(owning: writeEnd)
    }

    /// Closes the writing end here and hands over the reading end.
    consuming func takeReadEnd() -> Descriptor { self.readEnd }
}
