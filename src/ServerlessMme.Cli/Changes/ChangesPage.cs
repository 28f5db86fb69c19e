using System.Globalization;
using ServerlessMme.Cli.Reports;
using ServerlessMme.Core.Jobs;
using ServerlessMme.Core.Labels;

namespace ServerlessMme.Cli.Changes;

/// <summary>
/// Shows how answers changed, as one HTML file. Other reports include its <see cref="Matrix"/>.
/// </summary>
/// <param name="kind">The kind of report, in one or two words.</param>
/// <param name="title">The subject of the report.</param>
/// <param name="facts">One line below the title.</param>
/// <param name="changes">
/// Number of images per old and new answer, including unchanged ones. Refusals are <c>error:</c> and a code.
/// </param>
internal sealed class ChangesPage(string kind, string title, string facts, IReadOnlyList<AnswerChange> changes)
{
    private const int MaxAnswers = 40;
    private const int MaxRows = 100;
    private const string NoAnswer = "(no label)";
    private const string Rest = "(all others)";

    private readonly long _total = changes.Sum(change => change.Count);
    private readonly List<AnswerChange> _moved =
    [
        .. changes.Where(change => change.From != change.To).OrderByDescending(change => change.Count)
            .ThenBy(change => change.From, StringComparer.Ordinal).ThenBy(change => change.To, StringComparer.Ordinal),
    ];

    public byte[] Write() => ReportPage.Write(
        kind, title, $"{facts}", Html.All([Headline(), Matrix(), MostFrequent()]));

    /// <summary>Returns a section with the matrix: one row per old answer, one column per new answer.</summary>
    public Html Matrix()
    {
        if (changes.Count == 0)
        {
            return ReportPage.Section("How answers changed", $"No images were compared.", Html.Empty);
        }

        var answers = Answers();
        var shown = answers.Count <= MaxAnswers ? answers : MostAffected();
        var places = shown.Select((answer, place) => (answer, place))
            .ToDictionary(each => new Answer(each.answer), each => each.place);
        List<string> names = [.. shown.Select(answer => answer ?? NoAnswer)];
        Html some = $"";
        if (shown.Count < answers.Count)
        {
            names.Add(Rest);
            some = $"""
                 The {shown.Count} answers with the most changes are shown; the other {answers.Count - shown.Count}
                are combined as {Rest}.
                """;
        }

        var counts = new long[names.Count, names.Count];
        foreach (var change in changes)
        {
            counts[Place(change.From), Place(change.To)] += change.Count;
        }

        return ReportPage.Section(
            "How answers changed",
            $"One row per old answer, one column per new answer. A darker cell has a larger share of its row.{some}",
            new ShadedMatrix("old", "new").Write(names, (row, column) => counts[row, column]));

        int Place(string? answer) => places.GetValueOrDefault(new Answer(answer), names.Count - 1);
    }

    private Html Headline()
    {
        var unchanged = changes.Where(change => change.From == change.To).Sum(change => change.Count);
        var added = changes.Where(change => change.From is null).Sum(change => change.Count);
        return $"""
            <dl class="cards">{Figure("Images compared", _total, $"unchanged, changed and new")}
            {Figure("Unchanged", unchanged, Share(unchanged))}
            {Figure("Changed", _total - unchanged - added, Share(_total - unchanged - added))}
            {Figure("New", added, $"no earlier answer is known")}</dl>
            """;
    }

    private static Html Figure(string name, long count, Html note) =>
        ReportPage.Figure(name, count.ToString("#,0", CultureInfo.InvariantCulture), note);

    private Html Share(long count) => _total == 0 ? Html.Empty : $"{(double)count / _total:0.0%} of the images";

    private Html MostFrequent()
    {
        if (_moved.Count == 0)
        {
            return ReportPage.Section("Most frequent changes", $"Every answer stayed the same.", Html.Empty);
        }

        var some = _moved.Count > MaxRows
            ? (Html)$" Only the first {MaxRows} of {_moved.Count} kinds of change are shown."
            : $"";
        return ReportPage.Section(
            "Most frequent changes",
            $"Sorted by number of images.{some}",
            $"""
            <div class="scroll"><table class="labels">
            <thead><tr><th scope="col">old → new answer</th><th scope="col">images</th><th scope="col">share</th></tr>
            </thead>
            <tbody>{Html.All(_moved.Take(MaxRows).Select(Row))}</tbody>
            </table></div>
            """);
    }

    private Html Row(AnswerChange change) => $"""
        <tr><th scope="row">{change.From ?? NoAnswer} → {change.To}</th><td>{change.Count}</td>
        <td>{(double)change.Count / _total:0.0%}</td></tr>

        """;

    private List<string?> Answers() =>
        Sorted(changes.SelectMany(change => new[] { change.From, change.To }).Distinct());

    private List<string?> MostAffected() => Sorted(_moved
        .SelectMany(change => new[] { (Answer: change.From, change.Count), (Answer: change.To, change.Count) })
        .GroupBy(each => new Answer(each.Answer))
        .OrderByDescending(group => group.Sum(each => each.Count))
        .ThenBy(group => group.Key.Text, StringComparer.Ordinal)
        .Take(MaxAnswers - 1).Select(group => group.Key.Text));

    /// <summary>Sorts labels in ordinal order, followed by refusals and by images without an old answer.</summary>
    private static List<string?> Sorted(IEnumerable<string?> answers) =>
    [
        .. answers.OrderBy(answer => answer is null ? 2 : IsRefusal(answer) ? 1 : 0)
            .ThenBy(answer => answer, StringComparer.Ordinal),
    ];

    private static bool IsRefusal(string answer) =>
        answer.StartsWith(LabelStamp.ErrorPrefix, StringComparison.Ordinal);

    /// <summary>A dictionary key that may be null, so no label can be confused with a missing one.</summary>
    private readonly record struct Answer(string? Text);
}
