import DistributedCron
import Testing

@testable import distcron

/// What people see of an upload.
struct ProgressTests {
    private static let mebibyte = 1_024 * 1_024

    @Test("The line has the amount, a bar, the speed and the time that is left")
    func line() {
        let line = ProgressLine(name: "backup.bin", total: 64 * Self.mebibyte)
        #expect(
            line.text(sent: 41 * Self.mebibyte, elapsed: .seconds(4), width: 70)
                == "backup.bin  41.0/64.0 MiB  ███████████████▍          10 MiB/s  ETA 3 s"
        )
        #expect(
            line.text(sent: 0, elapsed: .zero, width: 60)
                == "backup.bin  0.0/64.0 MiB  \(String(repeating: " ", count: 20))  0 B/s  ETA -"
        )
        #expect(
            line.text(sent: 64 * Self.mebibyte, elapsed: .seconds(64), width: 80).contains("██  1.0 MiB/s  ETA 0 s")
        )
    }

    @Test("The line never exceeds the terminal", arguments: [10, 20, 30, 45, 46, 47, 60, 80, 200])
    func width(width: Int) {
        let line = ProgressLine(name: String(repeating: "n", count: 60), total: 64 * Self.mebibyte)
        for sent in [0, 1, 30 * Self.mebibyte, 64 * Self.mebibyte] {
            #expect(line.text(sent: sent, elapsed: .seconds(1), width: width).count <= width)
        }
    }

    @Test("Without a known size there is no bar, and no promise")
    func unknown() {
        let line = ProgressLine(name: "pipe", total: nil)
        #expect(line.text(sent: 3 * Self.mebibyte, elapsed: .seconds(2), width: 60) == "pipe  3.0 MiB  1.5 MiB/s")
    }

    @Test("An empty file is whole at once")
    func empty() {
        #expect(ProgressLine(name: "a", total: 0).text(sent: 0, elapsed: .seconds(1), width: 60).contains("█"))
    }

    /// A clock and a terminal for one upload.
    private final class Stage: Sendable {
        private let now = Lock(ContinuousClock().now)
        private let text = Lock("")

        var written: String { self.text.withLock { $0 } }

        func advance(_ duration: Duration) { self.now.withLock { $0 += duration } }

        func progress(columns: Int?) -> UploadProgress {
            UploadProgress(
                ProgressLine(name: "f", total: 100),
                columns: columns,
                now: { self.now.withLock { $0 } },
                write: { text in self.text.withLock { $0 += text } }
            )
        }
    }

    @Test("On a terminal a short upload shows nothing, a long one a line that is replaced by a last word")
    func terminal() {
        let stage = Stage()
        let progress = stage.progress(columns: 80)
        progress.begin()
        progress.show(sent: 10)
        stage.advance(.milliseconds(999))
        progress.show(sent: 20)
        #expect(stage.written == "")
        stage.advance(.milliseconds(1))
        progress.show(sent: 50)
        let shown = stage.written
        #expect(shown.hasPrefix("\r\u{1B}[Kf  50.0/100.0 B  ") && !shown.contains("\n"))
        stage.advance(.milliseconds(99))
        progress.show(sent: 60)
        #expect(stage.written == shown)
        stage.advance(.seconds(1))
        progress.end(succeeded: true)
        #expect(stage.written == shown + "\r\u{1B}[Kuploaded f: 60 B in 2.1 s\n")
    }

    @Test("Without a terminal there is one line at the end, and none after a failure")
    func noTerminal() {
        let stage = Stage()
        let progress = stage.progress(columns: nil)
        progress.begin()
        stage.advance(.seconds(5))
        progress.show(sent: 100)
        progress.end(succeeded: false)
        #expect(stage.written == "")
        progress.end(succeeded: true)
        #expect(stage.written == "uploaded f: 100 B in 5.0 s\n")
    }
}
