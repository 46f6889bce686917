/// Rows of cells in aligned columns, two blanks apart, without blanks at the ends of lines.
struct TextTable {
    private var rows: [[String]] = []

    init(header: [String] = []) { if !header.isEmpty { rows.append(header) } }

    mutating func add(_ cells: String...) { rows.append(cells) }
    mutating func add(cells: [String]) { rows.append(cells) }

    func lines(indent: Int = 0) -> [String] {
        var widths: [Int] = []
        for row in rows {
            for (column, cell) in row.enumerated() {
                if column == widths.count { widths.append(0) }
                widths[column] = max(widths[column], cell.count)
            }
        }
        let margin = String(repeating: " ", count: indent)
        return rows.map { row in
            var line = margin
            for (column, cell) in row.enumerated() {
                line += cell
                if column < row.count - 1 { line += String(repeating: " ", count: widths[column] - cell.count + 2) }
            }
            while line.last == " " { line.removeLast() }
            return line
        }
    }
}
