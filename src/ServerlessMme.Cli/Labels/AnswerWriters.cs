using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Review;

namespace ServerlessMme.Cli.Labels;

/// <summary>Prints answers one by one, so that memory stays flat. Disposing prints what is still buffered.</summary>
internal interface IAnswerWriter : IDisposable
{
    void Write(StoredAnswer answer);
}

/// <summary>Columns for people. The image comes last, because its name may be long.</summary>
internal sealed class AnswerTableWriter : IAnswerWriter
{
    private readonly StreamWriter _writer;
    private bool _hasHead;

    public AnswerTableWriter(Stream output) =>
        _writer = new StreamWriter(output, new UTF8Encoding(false), leaveOpen: true);

    public void Write(StoredAnswer answer)
    {
        if (!_hasHead)
        {
            Row("label", "score", "", "written", "image");
            _hasHead = true;
        }

        Row(
            Printable.Text(answer.Error ?? answer.Answer, 24),
            answer.Score?.ToString("0.000", CultureInfo.InvariantCulture) ?? "",
            answer.Error is not null ? "refused" : answer.IsUnsure ? "unsure" : "",
            answer.WrittenAt.UtcDateTime.ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture),
            Printable.Text(answer.Image, 300));
        if (answer.Message is { } message)
        {
            _writer.WriteLine($"  {Printable.Text(message, 300)}");
        }
        else if (answer.Top is { Count: > 1 } top)
        {
            _writer.WriteLine("  then " + string.Join(", ", top.Skip(1).Select(next => string.Create(
                CultureInfo.InvariantCulture, $"{Printable.Text(next.Label, 40)} {next.Score:0.000}"))));
        }
    }

    public void Dispose() => _writer.Dispose();

    private void Row(string label, string score, string state, string written, string image) =>
        _writer.WriteLine($"{label,-24}  {score,5}  {state,-7}  {written,-17}  {image}");
}

/// <summary>CSV with a header, quoted as in RFC 4180.</summary>
internal sealed class AnswerCsvWriter : IAnswerWriter
{
    private readonly StreamWriter _writer;

    public AnswerCsvWriter(Stream output)
    {
        _writer = new StreamWriter(output, new UTF8Encoding(false), leaveOpen: true);
        CsvRow.Write(
            _writer, "image", "archive", "label", "score", "unsure", "error", "previous", "version", "writtenAt", "top");
    }

    public void Write(StoredAnswer answer) => CsvRow.Write(
        _writer,
        answer.Image,
        answer.Archive,
        answer.Answer,
        answer.Score?.ToString(CultureInfo.InvariantCulture),
        answer.IsUnsure ? "true" : null,
        answer.Error,
        answer.Previous,
        answer.ModelVersion,
        answer.WrittenAt.UtcDateTime.ToString("O", CultureInfo.InvariantCulture),
        answer.Top is null ? null : string.Join("; ", answer.Top.Select(scored => string.Create(
            CultureInfo.InvariantCulture, $"{scored.Label} {scored.Score}"))));

    public void Dispose() => _writer.Dispose();
}

/// <summary>An answer per line, as JSON.</summary>
internal sealed class AnswerLinesWriter(Stream output) : IAnswerWriter
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Utf8JsonWriter _json = new(output, Options);

    public void Write(StoredAnswer answer)
    {
        _json.WriteStartObject();
        _json.WriteString("image", answer.Image);
        Text("archive", answer.Archive);
        Text("label", answer.Answer);
        if (answer.Score is { } score)
        {
            _json.WriteNumber("score", score);
        }

        if (answer.IsUnsure)
        {
            _json.WriteBoolean("unsure", true);
        }

        Text("error", answer.Error);
        Text("message", answer.Message);
        Text("previous", answer.Previous);
        Text("version", answer.ModelVersion);
        _json.WriteString("writtenAt", answer.WrittenAt.UtcDateTime);
        if (answer.Top is { } top)
        {
            _json.WriteStartArray("top");
            foreach (var scored in top)
            {
                _json.WriteStartObject();
                _json.WriteString("label", scored.Label);
                _json.WriteNumber("index", scored.Index);
                _json.WriteNumber("score", scored.Score);
                _json.WriteEndObject();
            }

            _json.WriteEndArray();
        }

        _json.WriteEndObject();
        _json.Flush();
        _json.Reset();
        output.WriteByte((byte)'\n');
    }

    public void Dispose() => _json.Dispose();

    private void Text(string name, string? value)
    {
        if (value is not null)
        {
            _json.WriteString(name, value);
        }
    }
}
