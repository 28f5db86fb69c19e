using System.Globalization;
using ServerlessMme.Core.Failures;

namespace ServerlessMme.Core.Drift;

/// <summary>Describes the findings in sentences.</summary>
internal static class DriftFindings
{
    private const int MaxName = 80;

    /// <summary>Returns the findings. Labels come first, starting with the largest change.</summary>
    public static IEnumerable<DriftFinding> Of(DriftDocument document)
    {
        foreach (var share in (document.Labels?.Shares ?? []).Where(DriftAnalysis.HasMoved))
        {
            yield return Finding(DriftKind.Label, share, $"The share of '{Name(share)}'");
        }

        if (document.Labels is { } labels && DriftAnalysis.HasMoved(labels.Psi, labels.P))
        {
            yield return new DriftFinding(
                DriftKind.Labels,
                null,
                $"The distribution of the labels changed: {Index(labels.Psi, labels.Band)}.",
                labels.P);
        }

        if (document.Scores is { } scores && DriftAnalysis.HasMoved(scores.Psi, scores.P))
        {
            var means = string.Create(
                CultureInfo.InvariantCulture, $"{scores.ReferenceMean:0.00} to {scores.RecentMean:0.00}");
            yield return new DriftFinding(
                DriftKind.Scores,
                null,
                $"The distribution of the scores changed: {Index(scores.Psi, scores.Band)}. The mean score went from "
                + $"{means}.",
                scores.P);
        }

        if (document.Unsure is { } unsure && DriftAnalysis.HasMoved(unsure))
        {
            yield return Finding(DriftKind.Unsure, unsure, "The share of unsure answers") with { Name = null };
        }

        foreach (var share in document.Refusals.Where(DriftAnalysis.HasMoved))
        {
            yield return Finding(DriftKind.Refusal, share, $"The share of images refused with {Name(share)}");
        }
    }

    private static DriftFinding Finding(DriftKind kind, DriftShare share, string subject) => new(
        kind,
        share.Name,
        string.Create(
            CultureInfo.InvariantCulture,
            $"{subject} {(share.Change > 0 ? "rose" : "fell")} from {100 * share.Reference.Value:0.0}% to ")
            + string.Create(CultureInfo.InvariantCulture, $"{100 * share.Recent.Value:0.0}%."),
        share.P!.Value);

    private static string Index(double psi, StabilityBand band) => string.Create(
        CultureInfo.InvariantCulture, $"PSI {psi:0.00} ({(band == StabilityBand.Major ? "major" : "moderate")})");

    private static string Name(DriftShare share) => Printable.Text(share.Name, MaxName);
}
