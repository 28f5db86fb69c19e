using System.Globalization;
using System.Text.Json.Nodes;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Import;

namespace ServerlessMme.Cli.Models.Init;

/// <summary>Prints the findings of <c>mme models init</c>, in plain lines that scripts can read too.</summary>
internal static class InitReport
{
    private const int ShownLabels = 5;
    private const int MaxValue = 60;
    private const int ShownTrials = 12;

    public static void PrintDraft(ModelSource source, Draft draft)
    {
        Console.WriteLine($"The model comes from {ModelSources.NameOf(source)}.");
        Console.WriteLine();
        foreach (var finding in draft.Findings)
        {
            var sure = finding.Certainty switch
            {
                Certainty.Certain => "",
                Certainty.Likely => "likely",
                _ => "UNSURE",
            };
            Console.WriteLine(
                $"  {sure,-6}  {finding.Member,-20}  {Text(finding)}  ({Printable.Text(finding.Because, 80)})");
        }

        Console.WriteLine();
    }

    public static void PrintProof(SearchResult found, ProofImages? given)
    {
        if (given is not null)
        {
            var count = Counted.Of(given.Images.Count, "image");
            Console.WriteLine(given.HaveTruth
                ? $"Results on {count}, sorted by the mean log score of the correct class:"
                : $"Results on {count} of unknown class:");
            var taken = found.Trials.FirstOrDefault(trial => trial.Variant == found.Taken?.Variant);
            var shown = found.Trials.Take(ShownTrials).ToList();
            foreach (var trial in taken is null || shown.Contains(taken) ? shown : shown.Append(taken))
            {
                Console.WriteLine($"{(trial == taken ? '*' : ' ')} {Columns(trial.Trial)}  {trial.Variant.Text}");
            }

            Console.WriteLine("The variant marked * is written to model.json.");
            Console.WriteLine();
        }

        foreach (var warning in found.Warnings)
        {
            Console.Error.WriteLine($"warning: {warning}");
        }

        var unsure = found.Draft.Findings.Where(finding => finding.Certainty == Certainty.Unsure)
            .Select(finding => finding.Member).ToList();
        if (unsure.Count > 0)
        {
            Console.Error.WriteLine($"warning: The files don't determine {string.Join(", ", unsure)}. "
                + (given is null
                    ? "Pass --images FOLDER with one folder of images per class, or use the options to set values."
                    : "Find the values in the training code, and set them with options or in model.json."));
        }
    }

    /// <param name="isWrong">True if the images show that the model isn't ready to be published.</param>
    public static void PrintNext(ModelName name, string target, bool isWrong)
    {
        var folder = Path.GetRelativePath(Directory.GetCurrentDirectory(), target);
        if (isWrong)
        {
            Console.WriteLine($"{folder} is written, but don't publish it yet: many of its answers are probably wrong. "
                + "Correct what the warnings name, and run 'mme models init' again with --force.");
            return;
        }

        Console.WriteLine($"{folder} is written. Next steps:");
        var quoted = ShellText.Quote(folder);
        Console.WriteLine($"  mme classify PHOTOS --model {quoted}");
        var named = Path.GetFileName(target) == name.Value ? "" : $" --name {name}";
        Console.WriteLine($"  mme models push {quoted}{named}");
    }

    private static string Columns(Trial trial) => trial.Problem is { } problem
        ? $"{problem,-50}"
        : trial.Right is { } right
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"{$"{right} of {trial.Known} right",-18}  {Math.Round(trial.Evidence, 3) + 0.0,7:0.000}  confidence {trial.Confidence:0.000}")
            : string.Create(CultureInfo.InvariantCulture, $"confidence {trial.Confidence:0.000}");

    public static string Describe(Trial trial) => trial.Problem is { } problem
        ? problem
        : (trial.Right is { } right
            ? string.Create(CultureInfo.InvariantCulture, $"{right} of {trial.Known} right, ")
            : "")
            + string.Create(CultureInfo.InvariantCulture, $"confidence {trial.Confidence:0.000}");

    private static string Text(Finding finding)
    {
        if (finding is { Member: "labels", Value: JsonArray labels })
        {
            var shown = labels.Take(ShownLabels).Select(label => Printable.Text(label!.GetValue<string>(), 30));
            return $"{labels.Count}: {string.Join(", ", shown)}{(labels.Count > ShownLabels ? ", …" : "")}";
        }

        return Printable.Text(
            finding.Value is JsonValue value && value.TryGetValue<string>(out var text)
                ? text
                : finding.Value.ToJsonString().Replace(",", ", ", StringComparison.Ordinal),
            MaxValue);
    }
}
