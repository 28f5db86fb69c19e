using System.Security.Cryptography;
using System.Text;

namespace ServerlessMme.Cli.Reports;

/// <summary>
/// The frame of a report: one HTML file that runs no scripts and loads no other files. Its policy allows its own style
/// sheet, by hash, and pictures inside the file.
/// </summary>
internal static class ReportPage
{
    private static readonly string Style = LoadStyle();

    /// <param name="kind">The kind of report, in one or two words.</param>
    /// <param name="title">The subject of the report.</param>
    /// <param name="facts">One line below the title.</param>
    /// <returns>UTF-8.</returns>
    public static byte[] Write(string kind, string title, Html facts, Html body)
    {
        var hash = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Style)));
        Html page = $"""
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta http-equiv="Content-Security-Policy" content="{Html.Trusted(Policy(hash))}">
            <meta name="referrer" content="no-referrer">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>{title}: {kind}</title>
            <style>{Html.Trusted(Style)}</style>
            </head>
            <body>
            <header><p class="kind">{kind}</p><h1>{title}</h1><p class="facts">{facts}</p></header>
            <main>
            {body}
            </main>
            <footer>Written by mme. This file loads no other files and runs no scripts.</footer>
            </body>
            </html>

            """;
        return Encoding.UTF8.GetBytes(page.ToString());
    }

    /// <summary>Writes a section with a heading and a sentence that explains it.</summary>
    public static Html Section(string title, Html lead, Html content) => $"""
        <section>
        <h2>{title}</h2>
        <p class="lead">{lead}</p>
        {content}
        </section>

        """;

    /// <summary>Writes a headline figure.</summary>
    /// <param name="note">One short line below it.</param>
    public static Html Figure(string name, string value, Html note) => $"""
        <div class="card"><dt>{name}</dt><dd class="value">{value}</dd><dd class="note">{note}</dd></div>
        """;

    private static string Policy(string styleHash) =>
        $"default-src 'none'; style-src 'sha256-{styleHash}'; img-src data:; base-uri 'none'; form-action 'none'";

    private static string LoadStyle()
    {
        using var stream = typeof(ReportPage).Assembly.GetManifestResourceStream("Reports/report.css")!;
        using var reader = new StreamReader(stream);
        // Browsers hash what they have parsed, and parsing turns CR LF into LF.
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
