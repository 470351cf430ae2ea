/// A number that stands for everything that happened in a simulation, in its order.
///
/// Equal numbers mean equal histories, for all that matters here: it is no hash against forgery.
struct TraceHash: Sendable {
    private(set) var value: UInt64 = 0x6A09_E667_F3BC_C908

    mutating func add(_ bits: UInt64) { self.value = SeededGenerator.mix(self.value &+ bits) }

    mutating func add(_ text: String) {
        var bits: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in text.utf8 { bits = (bits ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        self.add(bits)
    }
}
