/// A colour of text, as a meaning; the text alone says it too.
package enum Colour: Int {
    case bad = 31
    case good = 32
    case attention = 33
    case faint = 90

    /// The text in this colour, if the terminal shows any.
    package func paint(_ text: String, on terminal: Terminal?) -> String {
        terminal?.hasColours ?? false ? "\u{1B}[\(self.rawValue)m\(text)\u{1B}[0m" : text
    }
}
