import DistributedCron
import Foundation

struct Case: Decodable {
    var expression: String
    var zone: String
    var after: String
}

let corpus = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../../Tests/DistributedCronTests/Corpus/next-fire.jsonl")
let cases = try String(contentsOf: corpus, encoding: .utf8).split(separator: "\n").map {
    try JSONDecoder().decode(Case.self, from: Data($0.utf8))
}
let schedules = try cases.map { entry in try Schedule(entry.expression, zone: .named(entry.zone)) }
let instants = cases.map { Instant($0.after) ?? .distantPast }
let expressions = cases.map(\.expression)
let start = Instant("2026-11-22T22:20:41Z") ?? .distantPast
let berlin = try Zone.named("Europe/Berlin")

print("schedule: \(MemoryLayout<Schedule>.size) bytes")
print(String(repeating: " ", count: 60) + "ns" + "    allocs")

try Measurement.line("parse, mean of the corpus", operations: expressions.count * 10) {
    for _ in 0..<10 { for expression in expressions { consume(try Schedule(expression)) } }
}
for expression in [
    "* * * * *", "*/15 9-17 * * MON-FRI", "30 4 1,15 * 5", "@daily", "@every 1h30m", "@at 2026-11-22T22:00:00Z",
] {
    try Measurement.line("parse \(expression)", operations: 1_000) {
        for _ in 0..<1_000 { consume(try Schedule(expression, anchor: start)) }
    }
}

Measurement.line("next, mean of the corpus", operations: schedules.count * 20) {
    // By index, because a copy of a schedule would count the references to its zone and its text.
    for _ in 0..<20 { for index in schedules.indices { consume(schedules[index].next(after: instants[index])) } }
}

// In another order each time, so that the processor's branch predictor learns the schedules but not their sequence.
let shuffled = (0..<20).flatMap { _ in schedules.indices.shuffled() }
Measurement.line("next, corpus in changing order", operations: shuffled.count) {
    for index in shuffled { consume(schedules[index].next(after: instants[index])) }
}

/// A thousand fires in a row, as a forecast asks for them.
@discardableResult
func chain(_ schedule: Schedule) -> Measurement? {
    Measurement.line("next \(schedule) in \(schedule.zone)", operations: 1_000) {
        var fire = start
        for _ in 0..<1_000 { fire = schedule.next(after: fire) ?? start }
        consume(fire)
    }
}

for zone in [Zone.utc, berlin] {
    for expression in [
        "* * * * *", "*/25 * * * *", "*/15 9-17 * * MON-FRI", "0 0 1 * *", "30 2 * * *", "0 0 13 * 5", "0 0 29 2 *",
        "0 0 29 2 SUN#5", "0 0 */29 2 SUN",
    ] {
        let schedule = try Schedule(expression, zone: zone)
        chain(schedule)
        Measurement.line("previous \(expression) in \(zone)", operations: 1_000) {
            var fire = Instant.distantFuture
            for _ in 0..<1_000 { fire = schedule.previous(before: fire) ?? .distantFuture }
            consume(fire)
        }
    }
}

let sparsest = try Schedule("0 0 */28 2 SUN#5", zone: berlin)
let century = Instant("2072-03-01T00:00:00Z") ?? start
Measurement.line("next 29 February on a Sunday, 40 years ahead", operations: 1_000) {
    for _ in 0..<1_000 { consume(sparsest.next(after: century)) }
}

let everySecond = try Schedule("* * * * * *", zone: berlin, seconds: true)
Measurement.line("count a year of * * * * * * in Europe/Berlin", operations: 1_000) {
    for _ in 0..<1_000 { consume(everySecond.count(after: start, through: start + 31_557_600)) }
}
Measurement.line("count 230 years of * * * * * * in Europe/Berlin", operations: 10) {
    for _ in 0..<10 { consume(everySecond.count(after: .distantPast, through: .distantFuture)) }
}

var calendar = Calendar(identifier: .gregorian)
calendar.timeZone = TimeZone(identifier: "Europe/Berlin") ?? .gmt
let walk = MinuteWalk(calendar: calendar) { parts in
    parts.minute == 30 && parts.hour == 2 && (2...6).contains(parts.weekday ?? 0)
}
let date = Date(timeIntervalSince1970: TimeInterval(start.epochSeconds))
let halfPastTwo = DateComponents(hour: 2, minute: 30)
let walked = Measurement.line("peer: minute walk to 30 2 * * 1-5", operations: 1, repetitions: 3) {
    consume(walk.next(after: date))
}
let found = Measurement.line("peer: Calendar.nextDate to 02:30", operations: 10, repetitions: 5) {
    for _ in 0..<10 { consume(calendar.nextDate(after: date, matching: halfPastTwo, matchingPolicy: .nextTime)) }
}
let ours = chain(try Schedule("30 2 * * 1-5", zone: berlin))
if let walked, let found, let ours {
    print("the minute walk takes \(Int(walked.nanoseconds / ours.nanoseconds)) times as long, ", terminator: "")
    print("Calendar.nextDate \(Int(found.nanoseconds / ours.nanoseconds)) times")
}
