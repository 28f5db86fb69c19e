using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Review;

namespace ServerlessMme.Cli.Labels;

/// <summary>Prints answers one by one, so memory use stays flat. Disposing prints what is still buffered.</summary>
internal interface IAnswerWriter : IDisposable
{
    void Write(StoredAnswer answer);
}

/// <summary>
/// Prints columns for people. The image comes last, because its name may be long. Answers of groups name the member
/// that gave them.
/// </summary>
internal sealed class AnswerTableWriter : IAnswerWriter
{
    private readonly StreamWriter _writer;
    private bool? _isOfGroup;

    public AnswerTableWriter(Stream output) =>
        _writer = new StreamWriter(output, new UTF8Encoding(false), leaveOpen: true);

    public void Write(StoredAnswer answer)
    {
        if (_isOfGroup is null)
        {
            _isOfGroup = answer.IsOfGroup || answer.Member is not null;
            Row("label", "score", "", "written", "member", "image");
        }

        Row(
            Printable.Text(answer.Error ?? answer.Answer, 24),
            answer.Score?.ToString("0.000", CultureInfo.InvariantCulture) ?? "",
            answer.Error is not null ? "refused" : answer.IsUnsure ? "unsure" : "",
            answer.WrittenAt.UtcDateTime.ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture),
            MemberOf(answer),
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

    /// <summary>Names the member, and how many of a group's members answered if some did not.</summary>
    private static string MemberOf(StoredAnswer answer) => Printable.Text(answer.Member ?? "", 40)
        + (answer is { Members: { } members, RefusedMembers: > 0 and var refused }
            ? string.Create(CultureInfo.InvariantCulture, $" ({members - refused} of {members})")
            : "");

    private void Row(string label, string score, string state, string written, string member, string image) =>
        _writer.WriteLine(
            $"{label,-24}  {score,5}  {state,-7}  {written,-17}  "
            + (_isOfGroup == true ? $"{member,-24}  {image}" : image));
}

/// <summary>Prints CSV with a header, quoted as in RFC 4180. Answers of groups have more columns at the end.</summary>
internal sealed class AnswerCsvWriter(Stream output) : IAnswerWriter
{
    private static readonly string[] Columns =
        ["image", "archive", "label", "score", "unsure", "error", "previous", "version", "writtenAt", "top"];

    private static readonly string[] GroupColumns = ["member", "members", "refused"];

    private readonly StreamWriter _writer = new(output, new UTF8Encoding(false), leaveOpen: true);
    private bool? _isOfGroup;

    public void Write(StoredAnswer answer)
    {
        WriteHead(answer.IsOfGroup || answer.Member is not null);
        string?[] values =
        [
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
                CultureInfo.InvariantCulture, $"{scored.Label} {scored.Score}"))),
        ];
        CsvRow.Write(_writer, _isOfGroup == true
            ? [.. values, answer.Member, Number(answer.Members), Number(answer.RefusedMembers)]
            : values);
    }

    public void Dispose()
    {
        WriteHead(isOfGroup: false);
        _writer.Dispose();
    }

    private void WriteHead(bool isOfGroup)
    {
        if (_isOfGroup is null)
        {
            _isOfGroup = isOfGroup;
            CsvRow.Write(_writer, isOfGroup ? [.. Columns, .. GroupColumns] : Columns);
        }
    }

    private static string? Number(int? count) => count?.ToString(CultureInfo.InvariantCulture);
}

/// <summary>Prints one answer per line, as JSON, or the same lines as one JSON array.</summary>
internal sealed class AnswerJsonWriter(Stream output, bool isArray) : IAnswerWriter
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Utf8JsonWriter _json = new(output, Options);
    private bool _hasBegun;

    public void Write(StoredAnswer answer)
    {
        if (isArray)
        {
            output.Write(_hasBegun ? ",\n"u8 : "[\n"u8);
            _hasBegun = true;
        }

        _json.WriteStartObject();
        _json.WriteString("image", answer.Image);
        Text("archive", answer.Archive);
        Text("member", answer.Member);
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
        Number("members", answer.Members);
        Number("refused", answer.RefusedMembers);
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
        if (!isArray)
        {
            output.WriteByte((byte)'\n');
        }
    }

    public void Dispose()
    {
        _json.Dispose();
        if (isArray)
        {
            output.Write(_hasBegun ? "\n]\n"u8 : "[]\n"u8);
        }
    }

    private void Number(string name, int? value)
    {
        if (value is { } number)
        {
            _json.WriteNumber(name, number);
        }
    }

    private void Text(string name, string? value)
    {
        if (value is not null)
        {
            _json.WriteString(name, value);
        }
    }
}
