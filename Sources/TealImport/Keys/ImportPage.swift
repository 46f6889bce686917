/// Writes `docs/import.md` from the tables of keys.
package enum ImportPage {
    /// The page as a text with a line end at its end.
    package static func render() -> String {
        let parts =
            [introduction]
            + tool("PM2", pm2, PM2Keys.tables)
            + tool("Kamal", kamal, KamalKeys.tables)
            + tool("Procfile and app.json", procfile, ProcfileKeys.tables)
        return parts.joined(separator: "\n\n") + "\n"
    }

    private static func tool(_ title: String, _ text: String, _ tables: [ForeignTable]) -> [String] {
        ["## \(title)\n\n\(text)"]
            + tables.map { table in
                let lead = table.introduction.isEmpty ? "" : "\(table.introduction)\n\n"
                let head = "| key | becomes | how, or why not |\n|---|---|---|\n"
                return "### \(table.title)\n\n\(lead)\(head)" + table.keys.map(row).joined(separator: "\n")
            }
    }

    private static func row(_ key: ForeignKey) -> String {
        let names = key.spellings.map { "`\($0)`" }.joined(separator: ", ")
        let becomes =
            key.becomes.isEmpty ? "–" : key.becomes.split(separator: ", ").map { "`\($0)`" }.joined(separator: ", ")
        let text = key.text.isEmpty ? "Means the same." : key.text.prefix(1).uppercased() + key.text.dropFirst() + "."
        let next = key.next.isEmpty ? "" : " " + key.next
        return
            "| \(names) | \(key.fate == .dropped ? "not carried over" : becomes) | \((text + next).replacing("|", with: "\\|")) |"
    }

    private static let introduction = """
        # Bringing what you have

        <!-- Generated from Teal's tables of foreign keys; `TEAL_UPDATE_DOCS=1 swift test --filter TealImportTests` writes it anew. -->

        `teal import` makes a `teal.yml` out of another tool's file:

            teal import pm2 ecosystem.config.js
            teal import kamal config/deploy.yml
            teal import procfile Procfile

        It writes the file and prints what became of every key: carried over, carried over differently and how, or not \
        carried over, why, and what to do. Nothing is passed over in silence; a key that no table here has is named as \
        unknown. `--output json` gives the same as one JSON value, `-o PATH` another file. A file that is there is never \
        changed. No daemon is needed, and nothing is released: `teal validate` and `teal plan` come next.

        The report names keys, never values. Variables whose values look secret are written as names under `secrets`; \
        their values stay where they are, and belong into `.teal/secrets.env`.
        """

    private static let pm2 = """
        Reads `.js`, `.cjs`, `.mjs`, `.json`, `.yml` and `.yaml`. A script is run by the node that `PATH` leads to, for at \
        most 10 seconds, in its own folder, so that it finds its modules. It gets `PATH`, `HOME`, `TMPDIR` and `LANG` and \
        none of your other variables, since what it took from them would end up in a file that is committed; the report \
        names those it asked for. What it passes on of the four, such as by `...process.env`, is left out too. Without node, or with `--no-node`, it is read as data: an object or a list with comments, \
        commas at the end, keys without quotes and template strings without expressions, behind `module.exports =` or \
        `export default`; `__dirname` is known. Anything that would have to be run is an error with its line.

        Each app becomes a service that runs from its directory (`artifact`). One that names a port, or runs in cluster \
        mode, takes traffic; PM2 knows no host names, so a single one takes every host, and several get names that you have \
        to change. Each replica has a `PORT` of its own from Teal. Where the ports in `env`, in `args`, in `.env` and in a \
        `Dockerfile` or Compose file beside it contradict each other, the report says so.
        """

    private static let kamal = """
        Reads `deploy.yml` without running Ruby: a key whose value has `<% … %>` is left out and named, and so \
        is a line such as `<% require "dotenv" %>`. A line that decides about others (`<% if … %>`) is an error. \
        `deploy.<destination>.yml` beside it becomes an environment with what it makes different. Of `.kamal/secrets*` only \
        names are read. Each role becomes a service, the primary one and those with `proxy` of the kind web, others \
        workers; each accessory an accessory, with the data where Kamal has it.
        """

    private static let procfile = """
        Reads the Procfile, and the `app.json` beside it (or the one given as a second file), with what Heroku and Dokku \
        have in it. Each type becomes a service that runs from the Procfile's directory.
        """
}
