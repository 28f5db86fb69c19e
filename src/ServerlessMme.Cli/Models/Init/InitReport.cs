using System.Globalization;
using System.Text.Json.Nodes;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Import;

namespace ServerlessMme.Cli.Models.Init;

/// <summary>Prints what <c>mme models init</c> found out, in plain lines that scripts can read too.</summary>
internal static class InitReport
{
    private const int ShownLabels = 5;
    private const int MaxValue = 60;

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
            Console.WriteLine($"Tried on {given.Images.Count} images, best first by how surely the right class is named:");
            foreach (var trial in found.Trials.OrderByDescending(trial => trial.Trial.Evidence))
            {
                var isTaken = found.Taken == trial.Candidate.Text;
                Console.WriteLine($"{(isTaken ? '*' : ' ')} {Describe(trial.Trial),-44}  {trial.Candidate.Text}");
            }

            Console.WriteLine("* goes into model.json");

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
            Console.Error.WriteLine($"warning: {string.Join(", ", unsure)}: no file says what is right. "
                + (given is null
                    ? "Pass --images FOLDER, which has a folder of images per class, or the option for it."
                    : "Look it up in the training code, and set it in model.json."));
        }
    }

    public static void PrintNext(ModelName name, string target)
    {
        var folder = Path.GetRelativePath(Directory.GetCurrentDirectory(), target);
        Console.WriteLine($"{folder} is written. Next:");
        Console.WriteLine($"  mme classify PHOTOS --model {folder}");
        var named = Path.GetFileName(target) == name.Value ? "" : $" --name {name}";
        Console.WriteLine($"  mme models push {folder}{named}");
    }

    public static string Describe(Trial trial) => trial.Problem is { } problem
        ? problem
        : (trial.Right is { } right
            ? string.Create(CultureInfo.InvariantCulture, $"{right} of {trial.Images} right, ")
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
