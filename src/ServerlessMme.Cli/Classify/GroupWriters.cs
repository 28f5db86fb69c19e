using System.Globalization;
using System.Text;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Labels;
using Spectre.Console;

namespace ServerlessMme.Cli.Classify;

/// <summary>
/// CSV with a header and one row per image and member, quoted as in RFC 4180. An image without members' answers has
/// one row without a member.
/// </summary>
internal sealed class GroupCsvWriter(Stream output) : ILabelWriter
{
    private readonly StreamWriter _writer = Start(output);

    public void Write(Label label)
    {
        if (label.Answers is not { } answers)
        {
            Row(label.Image.Name, null, null, null, label.Error, isUnsure: false);
            return;
        }

        foreach (var answer in answers)
        {
            var given = answer.Read();
            Row(label.Image.Name, answer.Member, given.Answer, answer.Score, given.Error, given.IsUnsure);
        }
    }

    public void Complete() => _writer.Flush();

    private static StreamWriter Start(Stream output)
    {
        var writer = new StreamWriter(output, new UTF8Encoding(false));
        CsvRow.Write(writer, "image", "member", "label", "score", "error", "message", "unsure");
        return writer;
    }

    private void Row(string image, string? member, string? label, float? score, Refusal? error, bool isUnsure) =>
        CsvRow.Write(
            _writer,
            image,
            member,
            label,
            score?.ToString(CultureInfo.InvariantCulture),
            error?.Code.ToString(),
            error?.Message,
            isUnsure ? "true" : null);
}

/// <summary>A table for people, printed at the end, with the best answer and those of the next best members.</summary>
internal sealed class GroupTableWriter(IAnsiConsole console) : ILabelWriter
{
    private const int ShownMembers = 3;

    private readonly Table _table =
        new Table().AddColumns("image", "label", "score", "member", "answered", "next best members");

    public void Write(Label label)
    {
        var name = Text(label.Image.Name, 300);
        var answers = label.Answers ?? [];
        var answered = answers.Count == 0
            ? ""
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{answers.Count(answer => answer.Score is not null)} of {answers.Count}");
        if (label.Error is { } error)
        {
            _table.AddRow(name, $"[red]{error.Code}[/]", "", "", answered, Text(error.Message, 300));
            return;
        }

        var answer = Text(label.Answer, 300) + (label.IsUnsure ? " [yellow](unsure)[/]" : "");
        _table.AddRow(name, answer, Score(label.Top[0].Score), Text(label.Member!, 64), answered, Others(label));
    }

    public void Complete() => console.Write(_table);

    private static string Others(Label label)
    {
        var others = label.Answers!.Where(answer => answer.Score is not null && answer.Member != label.Member)
            .OrderByDescending(answer => answer.Score)
            .Take(ShownMembers)
            .Select(answer => $"{answer.Member}: {answer.Read().Answer} {Score(answer.Score!.Value)}");
        return Text(string.Join(", ", others), 300);
    }

    private static string Score(float score) => score.ToString("0.000", CultureInfo.InvariantCulture);

    private static string Text(string text, int most) => Markup.Escape(Printable.Text(text, most));
}
