using System.Text;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Core.Failures;

namespace ServerlessMme.Cli.Truth;

/// <summary>
/// Reads correct labels from CSV with a header, quoted as in RFC 4180. Columns other than <c>image</c> and <c>label</c>
/// are ignored.
/// </summary>
internal static class TruthCsv
{
    private const string Image = "image";
    private const string Label = "label";
    // Excel separates with semicolons in locales with a decimal comma.
    private static readonly char[] Separators = [',', ';', '\t'];

    /// <summary>Reads the rows that have a label.</summary>
    /// <exception cref="CommandException">The file is not valid CSV with these columns.</exception>
    public static TruthRows Read(string file)
    {
        try
        {
            using var text = Open(file);
            var reader = new CsvReader(text, SeparatorOf(file));
            try
            {
                return ReadRows(file, reader);
            }
            catch (FormatException exception)
            {
                throw Refuse(
                    $"'{Printable.Text(file)}' is not valid CSV at line {reader.Line}. {exception.Message} Within "
                    + "quotes, write each quote twice, as in \"a \"\"b\"\"\".");
            }
        }
        catch (DecoderFallbackException)
        {
            throw Refuse(
                $"'{Printable.Text(file)}' is not UTF-8 text. Provide a CSV file with the header image,label.");
        }
    }

    private static TruthRows ReadRows(string file, CsvReader reader)
    {
        var header = reader.Read() ?? [];
        var (image, label) = (IndexOf(header, Image), IndexOf(header, Label));
        if (image < 0 || label < 0)
        {
            throw Refuse(header.Count == 0
                ? $"'{Printable.Text(file)}' is empty. Provide a CSV file with the header image,label."
                : $"'{Printable.Text(file)}' begins with '{Printable.Text(string.Join(',', header), 60)}', but must "
                    + "have a header with the columns image and label.");
        }

        var rows = new List<TruthRow>();
        var unlabeled = 0;
        while (reader.Read() is { } cells)
        {
            if (label >= cells.Count || string.IsNullOrWhiteSpace(cells[label]))
            {
                unlabeled++;
                continue;
            }

            var name = image < cells.Count ? cells[image] : "";
            rows.Add(new TruthRow(name, cells[label].Trim(), $"line {reader.Line}"));
        }

        return new TruthRows(rows, unlabeled);
    }

    private static StreamReader Open(string file) => new(file, new UTF8Encoding(false, throwOnInvalidBytes: true));

    /// <summary>Returns the most frequent separator in the header.</summary>
    private static char SeparatorOf(string file)
    {
        using var text = Open(file);
        var start = new char[1024];
        var header = start.AsSpan(0, text.ReadBlock(start)).TrimStart("\r\n");
        var end = header.IndexOfAny('\r', '\n');
        var line = (end < 0 ? header : header[..end]).ToString();
        return Separators.MaxBy(separator => line.Count(c => c == separator));
    }

    private static int IndexOf(IReadOnlyList<string> header, string column) =>
        Enumerable.Range(0, header.Count).Append(-1).First(
            i => i < 0 || header[i].Trim().Equals(column, StringComparison.OrdinalIgnoreCase));

    private static CommandException Refuse(string message) => new(ExitCodes.Usage, message);
}
