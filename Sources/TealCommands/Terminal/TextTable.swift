/// Rows of cells in aligned columns, two blanks apart, without blanks at the ends of lines.
struct TextTable {
    private var rows: [[String]] = []

    init(header: [String] = []) { if !header.isEmpty { rows.append(header) } }

    mutating func add(_ cells: String...) { add(cells: cells) }

    mutating func add(cells: [String]) {
        // A row is one line, whatever is in it.
        rows.append(cells.map { $0.contains(where: \.isNewline) ? String($0.map { $0.isNewline ? " " : $0 }) : $0 })
    }

    func lines(indent: Int = 0) -> [String] {
        var widths: [Int] = []
        for row in rows {
            for (column, cell) in row.enumerated() {
                if column == widths.count { widths.append(0) }
                widths[column] = max(widths[column], Self.width(of: cell))
            }
        }
        let margin = String(repeating: " ", count: indent)
        return rows.map { row in
            var line = margin
            for (column, cell) in row.enumerated() {
                // A column that nobody has anything in is no column.
                guard widths[column] > 0 else { continue }
                line += cell
                if column < row.count - 1 {
                    line += String(repeating: " ", count: widths[column] - Self.width(of: cell) + 2)
                }
            }
            while line.last == " " { line.removeLast() }
            return line
        }
    }

    /// The columns that a cell takes on a terminal; colours take none.
    private static func width(of cell: String) -> Int {
        guard cell.utf8.contains(0x1B) else { return cell.count }
        var count = 0
        var isColour = false
        for character in cell {
            if character == "\u{1B}" { isColour = true }
            if !isColour { count += 1 }
            if isColour, character == "m" { isColour = false }
        }
        return count
    }
}
