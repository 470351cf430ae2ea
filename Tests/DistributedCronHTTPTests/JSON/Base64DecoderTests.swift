@testable import DistributedCronHTTP
import Testing

/// BASE64 that comes in pieces.
struct Base64DecoderTests {
    private static func decode(_ text: String, pieceSize: Int) throws(Base64.Malformed) -> [UInt8] {
        var decoder = Base64Decoder()
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            try decoder.decode(rest.prefix(pieceSize), into: &bytes)
            rest = rest.dropFirst(pieceSize)
        }
        try decoder.finish(into: &bytes)
        return bytes
    }

    @Test("Pieces of any size decode to the same bytes", arguments: ["Zm9vYmFy", "Zm9v\nYg==", "Zm8", "_-8=", ""])
    func pieces(text: String) throws {
        let whole = try Base64.decode(text)
        for size in 1...9 { #expect(try Self.decode(text, pieceSize: size) == whole) }
    }

    @Test(
        "Pieces of any size are refused at the same place",
        arguments: ["Zm9v!YmFy", "Zm9", "Zm9v=", "Z", "Zg=x", "Zm9vZg="]
    )
    func mistakes(text: String) {
        let whole: Base64.Malformed?
        do {
            _ = try Base64.decode(text)
            whole = nil
        } catch {
            whole = error
        }
        for size in 1...9 {
            do {
                _ = try Self.decode(text, pieceSize: size)
                #expect(whole == nil)
            } catch {
                #expect(error == whole)
            }
        }
    }
}
