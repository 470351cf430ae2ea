extension RawRepresentable where RawValue == String {
    /// The name in words: `emptyContentIsStored` becomes "empty content is stored".
    var sentence: String {
        var words = ""
        for character in self.rawValue {
            if character.isUppercase { words += " " }
            words += character.lowercased()
        }
        return words
    }
}
