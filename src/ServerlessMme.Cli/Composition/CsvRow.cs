namespace ServerlessMme.Cli.Composition;

/// <summary>Writes rows of CSV, quoted as in RFC 4180.</summary>
internal static class CsvRow
{
    public static void Write(TextWriter writer, params ReadOnlySpan<string?> cells)
    {
        for (var i = 0; i < cells.Length; i++)
        {
            writer.Write(i == 0 ? "" : ",");
            writer.Write(Quote(cells[i]));
        }

        writer.Write("\r\n");
    }

    private static string Quote(string? text) =>
        text is null ? ""
        : text.AsSpan().IndexOfAny(",\"\r\n") < 0 ? text
        : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
