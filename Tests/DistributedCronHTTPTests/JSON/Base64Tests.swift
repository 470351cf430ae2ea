import DistributedCronHTTP
import Testing

/// What counts as BASE64.
struct Base64Tests {
    @Test(
        "Both alphabets, missing padding and line breaks are accepted",
        arguments: [
            ("", ""), ("Zg==", "f"), ("Zg", "f"), ("Zm8=", "fo"), ("Zm8", "fo"), ("Zm9v", "foo"),
            ("Zm9v\nYmFy\r\n", "foobar"),
            (" Zm9v YmE= ", "fooba"), ("Pz8/", "???"), ("Pz8_", "???"), ("fn5+", "~~~"), ("fn5-", "~~~"),
        ]
    )
    func accepts(text: String, decoded: String) throws {
        #expect(String(decoding: try Base64.decode(text), as: UTF8.self) == decoded)
    }

    @Test(
        "A bad character is reported with its position",
        arguments: [
            ("Zm9v!", 5, "!"), ("é", 1, "é"), ("Zm=v", 4, "v"), ("=", 1, "="), ("Zg===", 5, "="), ("Zm9v=", 5, "="),
        ]
    )
    func refuses(text: String, column: Int, character: String) {
        let error = #expect(throws: Base64.Malformed.self) { try Base64.decode(text) }
        #expect(error?.column == column)
        #expect(error?.character == character)
    }

    @Test("Text that is cut off is refused", arguments: ["Z", "Zm9vY", "Zg="])
    func cutOff(text: String) {
        let error = #expect(throws: Base64.Malformed.self) { try Base64.decode(text) }
        #expect(error?.column == text.count + 1)
    }
}
