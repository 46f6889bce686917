/// The security headers of a site.
///
/// A header that the service sends itself stays as it is: nginx adds one only where there is none. A location that adds any
/// header inherits none, so those that do have all of them.
struct SiteHeaders {
    private let plan: SitePlan

    init(_ plan: SitePlan) { self.plan = plan }

    private var fields: [(field: String, variable: String, value: String)] {
        var fields = [
            ("X-Content-Type-Options", "nosniff"), ("X-Frame-Options", "SAMEORIGIN"),
            ("Referrer-Policy", "strict-origin-when-cross-origin"),
            ("Permissions-Policy", "geolocation=(), microphone=(), camera=()"),
        ]
        switch plan.options.transportSecurity {
        case .off: break
        case .host: fields.append(("Strict-Transport-Security", "max-age=31536000"))
        case .subdomains: fields.append(("Strict-Transport-Security", "max-age=31536000; includeSubDomains"))
        case .preload: fields.append(("Strict-Transport-Security", "max-age=31536000; includeSubDomains; preload"))
        }
        if let policy = plan.options.contentSecurityPolicy { fields.append(("Content-Security-Policy", policy)) }
        return fields.map { field, value in
            (field, field.lowercased().split(separator: "-").joined(separator: "_"), value)
        }
    }

    /// For each header its value, or nothing where the service has sent its own.
    var maps: String {
        fields.map { _, variable, value in
            "map $upstream_http_\(variable) $\(plan.name)_\(variable) {\n    default '';\n    '' \(plan.quoted(value));\n}\n"
        }
        .joined()
    }

    var lines: [String] { fields.map { "add_header \($0.field) $\(plan.name)_\($0.variable) always;" } }
}
