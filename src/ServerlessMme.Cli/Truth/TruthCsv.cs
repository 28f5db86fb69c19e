using System.Text;
using Microsoft.VisualBasic.FileIO;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Core.Failures;

namespace ServerlessMme.Cli.Truth;

/// <summary>
/// Reads correct labels from CSV with a header, quoted as in RFC 4180. Other columns than <c>image</c> and <c>label</c>
/// are ignored.
/// </summary>
internal static class TruthCsv
{
    private const string Image = "image";
    private const string Label = "label";
    private static readonly string[] Separators = [",", ";", "\t"];

    /// <summary>The rows that have a label.</summary>
    /// <exception cref="CommandException">The file is no such CSV.</exception>
    public static TruthRows Read(string file)
    {
        try
        {
            return ReadRows(file);
        }
        catch (MalformedLineException exception)
        {
            throw Refuse(
                $"'{Printable.Text(file)}' is no valid CSV from line {exception.LineNumber} on: quotes are not closed, "
                + "or text follows them. Write a quote within quotes twice, as in \"a \"\"b\"\"\".");
        }
        catch (Exception exception) when (exception is DecoderFallbackException or InvalidOperationException)
        {
            // The parser gives up on a line of more than 10 million characters.
            throw Refuse($"'{Printable.Text(file)}' is not text in UTF-8. Give a CSV file with the header image,label.");
        }
    }

    private static TruthRows ReadRows(string file)
    {
        using var parser = new TextFieldParser(
            file, new UTF8Encoding(false, throwOnInvalidBytes: true), detectEncoding: true)
        {
            TrimWhiteSpace = false,
            HasFieldsEnclosedInQuotes = true,
        };
        // Excel separates with semicolons in countries that write a comma in numbers.
        var first = parser.PeekChars(1024) ?? "";
        parser.SetDelimiters(Separators.MaxBy(separator => first.Split(separator).Length)!);
        var header = parser.ReadFields() ?? [];
        var (image, label) = (IndexOf(header, Image), IndexOf(header, Label));
        if (image < 0 || label < 0)
        {
            throw Refuse(header.Length == 0
                ? $"'{Printable.Text(file)}' is empty. Give a CSV file with the header image,label."
                : $"'{Printable.Text(file)}' begins with '{Printable.Text(string.Join(',', header), 60)}', but must have "
                    + "a header with the columns image and label.");
        }

        var rows = new List<TruthRow>();
        var unlabelled = 0;
        while (ReadNext(parser) is { } row)
        {
            if (label >= row.Fields.Length || string.IsNullOrWhiteSpace(row.Fields[label]))
            {
                unlabelled++;
                continue;
            }

            var name = image < row.Fields.Length ? row.Fields[image] : "";
            rows.Add(new TruthRow(name, row.Fields[label].Trim(), $"line {row.Line}"));
        }

        return new TruthRows(rows, unlabelled);
    }

    private static (string[] Fields, long Line)? ReadNext(TextFieldParser parser)
    {
        var before = parser.LineNumber;
        if (parser.ReadFields() is not { } fields)
        {
            return null;
        }

        // Empty lines in front were skipped, and a quoted field may span lines. At its end the parser has no number.
        var after = parser.LineNumber;
        return (fields, after < 0 ? before : after - 1 - fields.Sum(field => field.Count(c => c == '\n')));
    }

    private static int IndexOf(string[] header, string column) =>
        Array.FindIndex(header, name => name.Trim().Equals(column, StringComparison.OrdinalIgnoreCase));

    private static CommandException Refuse(string message) => new(ExitCodes.Usage, message);
}
