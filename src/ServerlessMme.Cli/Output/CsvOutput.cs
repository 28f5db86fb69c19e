using System.Globalization;
using System.Text;
using ServerlessMme.Cli.Composition;

namespace ServerlessMme.Cli.Output;

/// <summary>Prints CSV on standard output: a header and a row per item, as in RFC 4180.</summary>
internal static class CsvOutput
{
    /// <param name="rows">Rows with one cell per column; null for an empty cell.</param>
    public static void Write(IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string?>> rows)
    {
        using var writer = new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(false));
        CsvRow.Write(writer, [.. columns]);
        foreach (var row in rows)
        {
            CsvRow.Write(writer, [.. row]);
        }
    }

    /// <summary>
    /// Returns text from storage, which anyone may have written. A spreadsheet would run a cell that begins with one of
    /// these characters as a formula, so the method puts an apostrophe before it.
    /// </summary>
    public static string? Text(string? text) =>
        text is ['=' or '+' or '-' or '@' or '\t' or '\r', ..] ? $"'{text}" : text;

    public static string? Number(IFormattable? number) => number?.ToString(null, CultureInfo.InvariantCulture);

    public static string? Time(DateTimeOffset? time) =>
        time?.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);
}
