using System.Globalization;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Core.Candidates;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Jobs;
using ServerlessMme.Core.Review;
using Spectre.Console;

namespace ServerlessMme.Cli.Candidates;

/// <summary>Prints a comparison as sentences and tables.</summary>
internal static class CandidateText
{
    private const int MaxChanges = 10;
    private const int MaxImages = 10;

    /// <summary>Returns the findings, most important first.</summary>
    public static IEnumerable<string> Findings(CandidateResult result)
    {
        var comparison = result.Comparison;
        foreach (var swap in comparison.Swaps)
        {
            yield return swap.ToString();
        }

        if (comparison.Agreement is { } agreement)
        {
            yield return Agreement(agreement);
        }
        else
        {
            yield return $"No model is published as '{result.Model}', so there are no answers to compare with.";
        }

        yield return result.IsMulti
            ? "The candidate can give an image several labels (output.task is multi), so one correct label per image "
                + "can't measure its accuracy."
            : Accuracy(comparison.Known);
        if (comparison.Before is { } before)
        {
            if (before.Unsure.Hits + comparison.After.Unsure.Hits > 0)
            {
                yield return Rates("Unsure", before.Unsure, comparison.After.Unsure);
            }

            if (before.Refused.Hits + comparison.After.Refused.Hits > 0)
            {
                yield return Rates("Refused", before.Refused, comparison.After.Refused);
            }
        }

        if (result.Archives > 0)
        {
            yield return $"The entries of {Counted.Of(result.Archives, "archive")} are not compared.";
        }
    }

    /// <summary>Describes how often both models give the same answer.</summary>
    public static string Agreement(Proportion agreement) =>
        Text($"Both models give the same answer for {agreement.Hits} of {agreement.Images} images, ")
        + Text($"{agreement.Value:0.0%} ({agreement.Lower:0.0%} to {agreement.Upper:0.0%}).");

    /// <summary>Describes how much better or worse the candidate is on images with known labels.</summary>
    public static string Accuracy(KnownFigures? known)
    {
        if (known is null)
        {
            return "No image in the container has a correct label, so accuracy is unknown. "
                + "'mme truth import' stores correct labels.";
        }

        var after = Text($"{known.After.Value:0.0%} ({known.After.Lower:0.0%} to {known.After.Upper:0.0%})");
        if (known.Before is not { } before)
        {
            return $"The candidate is right for {after} of {Counted.Of(known.After.Images, "image")} with known "
                + "labels.";
        }

        var verdict = known.Repaired == known.Broken ? "Neither is better."
            : known.IsCertain ? $"The {(known.IsBetter ? "candidate" : "published model")} is better."
            : "This may be chance: two equally good models differ this much with a probability of "
                + Text($"{known.ChanceOfDifference:0.00}.");
        return $"Of {Counted.Of(known.After.Images, "image")} with known labels, the published model is right for "
            + Text($"{before.Value:0.0%} and the candidate for {after}. The candidate fixes ")
            + $"{Counted.Of(known.Repaired, "answer")} and breaks {Counted.Number(known.Broken)}. {verdict}";
    }

    public static void Print(CandidateResult result)
    {
        foreach (var finding in Findings(result))
        {
            Console.WriteLine(finding);
        }

        PrintChanges(result.Comparison.Changes.Where(change => change.From != change.To).ToList());
        var changed = result.Comparison.Changed.ToList();
        if (changed.Count == 0)
        {
            return;
        }

        Console.WriteLine();
        foreach (var image in changed.Take(MaxImages))
        {
            Console.WriteLine(
                $"{Printable.Text(image.Image, 200)}: {Said(image.Before!)} -> {Said(image.After)}"
                + (image.Truth is { } truth ? $", correct label: {Printable.Text(truth, 40)}" : ""));
        }

        if (changed.Count > MaxImages)
        {
            Console.WriteLine($"and {changed.Count - MaxImages} more. --json lists all of them.");
        }
    }

    /// <summary>Prints the most frequent changes as a table.</summary>
    public static void PrintChanges(IReadOnlyList<AnswerChange> changes)
    {
        if (changes.Count == 0)
        {
            return;
        }

        var table = new Table().AddColumns("published", "candidate").AddColumn("images", c => c.RightAligned());
        foreach (var change in changes.Take(MaxChanges))
        {
            table.AddRow(Cell(change.From), Cell(change.To), Text($"{change.Count}"));
        }

        Screen.Console.Write(table);
        if (changes.Count > MaxChanges)
        {
            Console.WriteLine($"and {Counted.Of(changes.Count - MaxChanges, "more kind")} of change.");
        }
    }

    private static string Rates(string what, Proportion before, Proportion after) =>
        Text($"{what}: {before.Value:0.0%} with the published model, {after.Value:0.0%} with the candidate.");

    private static string Said(GivenAnswer given) => Printable.Text(given.Answer, 40)
        + (given.Score is { } score ? Text($" {score:0.000}") : "");

    private static string Cell(string? answer) => Markup.Escape(Printable.Text(answer, 40));

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
