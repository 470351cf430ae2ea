extension Character {
    /// What terminals show two columns wide (Unicode Standard Annex 11), beside emoji.
    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97C, 0xAC00...0xD7A3, 0xF900...0xFAFF,
        0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x20000...0x3FFFD,
    ]

    /// How many columns of a terminal it takes.
    var columns: Int {
        guard let scalar = self.unicodeScalars.first, scalar.value >= 0x1100 else { return 1 }
        let isWide = scalar.properties.isEmojiPresentation || Self.wide.contains { $0.contains(scalar.value) }
        return isWide ? 2 : 1
    }
}

extension StringProtocol {
    /// How many columns of a terminal it takes.
    var columns: Int { self.reduce(0) { $0 + $1.columns } }

    /// As much of the beginning as fits a number of columns.
    func beginning(columns: Int) -> SubSequence {
        var left = columns
        return self.prefix { character in
            left -= character.columns
            return left >= 0
        }
    }
}
