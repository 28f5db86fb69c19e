using System.Globalization;
using System.Text;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Labels;
using Spectre.Console;

namespace ServerlessMme.Cli.Classify;

/// <summary>Prints labels in one format. Called from one thread at a time.</summary>
internal interface ILabelWriter
{
    void Write(Label label);

    /// <summary>Prints everything that is still buffered.</summary>
    void Complete();
}

/// <summary>Prints one label per line, as JSON, or the same lines as one JSON array.</summary>
internal sealed class JsonWriter(Stream output, bool isArray) : ILabelWriter
{
    private bool _hasBegun;

    public void Write(Label label)
    {
        if (isArray)
        {
            output.Write(_hasBegun ? ",\n"u8 : "[\n"u8);
            _hasBegun = true;
        }

        output.Write(LabelJson.Write(label));
        if (!isArray)
        {
            output.WriteByte((byte)'\n');
        }
    }

    public void Complete()
    {
        if (isArray)
        {
            output.Write(_hasBegun ? "\n]\n"u8 : "[]\n"u8);
        }

        output.Flush();
    }
}

/// <summary>CSV with a header and one row per image, quoted as in RFC 4180.</summary>
internal sealed class CsvWriter(Stream output) : ILabelWriter
{
    private readonly StreamWriter _writer = Start(output);

    public void Write(Label label)
    {
        var best = label.Top.Count > 0 ? label.Top[0] : null;
        CsvRow.Write(
            _writer,
            label.Image.Name,
            best is null ? null : label.Answer,
            best?.Score.ToString(CultureInfo.InvariantCulture),
            label.Error?.Code.ToString(),
            label.Error?.Message,
            label.IsUnsure ? "true" : null);
    }

    public void Complete() => _writer.Flush();

    private static StreamWriter Start(Stream output)
    {
        var writer = new StreamWriter(output, new UTF8Encoding(false));
        CsvRow.Write(writer, "image", "label", "score", "error", "message", "unsure");
        return writer;
    }
}

/// <summary>A table for people, printed at the end.</summary>
internal sealed class TableWriter(IAnsiConsole console) : ILabelWriter
{
    private readonly Table _table = new Table().AddColumns("image", "label", "score", "next best");

    public void Write(Label label)
    {
        var name = Markup.Escape(Printable.Text(label.Image.Name));
        if (label.Error is { } error)
        {
            _table.AddRow(name, $"[red]{error.Code}[/]", "", Markup.Escape(Printable.Text(error.Message, 300)));
        }
        else
        {
            var answer = Markup.Escape(label.Answer) + (label.IsUnsure ? " [yellow](unsure)[/]" : "");
            _table.AddRow(name, answer, Score(label.Top[0]), Others(label));
        }
    }

    public void Complete() => console.Write(_table);

    private static string Others(Label label) =>
        Markup.Escape(string.Join(", ", label.Top.Skip(1).Select(other => $"{other.Label} {Score(other)}")));

    private static string Score(ScoredClass scored) => scored.Score.ToString("0.000", CultureInfo.InvariantCulture);
}
