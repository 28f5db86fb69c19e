using ServerlessMme.Cli.Composition;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Truth;

namespace ServerlessMme.Cli.Truth;

/// <summary>Checks rows before any of them is stored.</summary>
/// <param name="labels">The model's labels; null if they are unknown.</param>
/// <param name="force">True to accept labels that the model doesn't have.</param>
internal sealed class TruthCheck(ModelName model, IReadOnlyList<string>? labels, bool force)
{
    private const int MaxProblems = 10;
    private readonly LabelMatch? _match = labels is null ? null : new LabelMatch(labels);

    /// <summary>Returns the images without duplicates, with the model's spelling of their labels.</summary>
    /// <param name="source">The file or folder, for messages.</param>
    /// <exception cref="CommandException">Some rows cannot be stored.</exception>
    public IReadOnlyList<KnownImage> Run(string source, IEnumerable<TruthRow> rows)
    {
        var images = new Dictionary<string, TruthRow>(StringComparer.Ordinal);
        var contradictions = new List<string>();
        var names = new List<string>();
        var unknown = new Dictionary<string, (string Place, int Count)>(StringComparer.Ordinal);
        foreach (var row in rows)
        {
            if (TruthName.Check(row.Image) is { } refusal)
            {
                names.Add($"{row.Place}: {refusal.Message}");
            }
            else if (row.Label.Length > TruthJson.MaxLabel)
            {
                names.Add(
                    $"{row.Place}: The label '{Printable.Text(row.Label, 40)}' has {row.Label.Length} characters, "
                    + $"but at most {TruthJson.MaxLabel} are allowed.");
            }
            else if (Spelling(row.Label) is not { } label)
            {
                var (place, count) = unknown.GetValueOrDefault(row.Label, (row.Place, 0));
                unknown[row.Label] = (place, count + 1);
            }
            else if (!images.TryAdd(row.Image, row with { Label = label }) && images[row.Image].Label != label)
            {
                contradictions.Add(
                    $"'{Printable.Text(row.Image)}' is '{Printable.Text(images[row.Image].Label, 40)}' in "
                    + $"{Printable.Text(images[row.Image].Place)}, but '{Printable.Text(label, 40)}' in "
                    + $"{Printable.Text(row.Place)}.");
            }
        }

        Refuse(source, [.. names, .. unknown.Select(Describe), .. contradictions], unknown.Count > 0);
        return [.. images.Values.Select(row => new KnownImage(row.Image, row.Label))];
    }

    private string? Spelling(string label) => _match is null ? label
        : _match.Find(label) is { } index ? labels![index]
        : force ? label
        : null;

    private string Describe(KeyValuePair<string, (string Place, int Count)> unknown)
    {
        var (place, count) = unknown.Value;
        var more = count > 1 ? $" (and {Counted.Of(count - 1, "more image")})" : "";
        var nearest = _match!.Nearest(unknown.Key) is { } label
            ? $" Did you mean '{Printable.Text(label, 40)}'?"
            : $" Its labels: {Counted.Names(labels!)}.";
        return $"{Printable.Text(place)}{more}: '{Printable.Text(unknown.Key, 40)}' is not a label of "
        + $"'{model}'.{nearest}";
    }

    private static void Refuse(string source, List<string> problems, bool hasUnknown)
    {
        if (problems.Count == 0)
        {
            return;
        }

        var shown = problems.Take(MaxProblems).Select(problem => $"\n  {problem}");
        var hidden = problems.Count - MaxProblems;
        var more = hidden > 0 ? $"\n  … and {Counted.Number(hidden)} more." : "";
        throw new CommandException(
            ExitCodes.Failed,
            $"Nothing was stored. Fix {Counted.Of(problems.Count, "problem")} in "
            + $"'{Printable.Text(source)}':{string.Concat(shown)}{more}"
            + (hasUnknown ? "\n--force stores labels that the model doesn't have." : ""));
    }
}
