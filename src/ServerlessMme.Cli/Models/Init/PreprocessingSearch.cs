using System.Text;
using System.Text.Json.Nodes;
using ServerlessMme.Cli.Progress;
using ServerlessMme.Core.Backends;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Import;
using ServerlessMme.Core.Models.Manifests;

namespace ServerlessMme.Cli.Models.Init;

/// <summary>Tries plausible preprocessing variants on images, and takes the variant that fits best.</summary>
internal sealed class PreprocessingSearch(Proof proof, IBackend backend, ProofImages images)
{
    // In nats per image. Variants closer than this count as equal: values that are too large make a network
    // overconfident, so a slightly better score means little.
    private const double Margin = 0.02;

    // Every variant is tried on a few images, and the best of them on all.
    private const int FirstImages = 40;
    private const int Finalists = 8;

    private static readonly string[] OrderMembers = ["labels", "input.channels"];
    private static readonly string[] Members = [.. Variants.RangeMembers, .. Variants.ResizeMembers];

    public async Task<SearchResult> RunAsync(Draft draft, CancellationToken cancellationToken)
    {
        if (images.AreDrawn)
        {
            // Drawings show whether a model answers at all, but not which answers are right.
            var only = await TryAsync(new Variant("as drafted", draft, 0), images.Images, cancellationToken);
            return new SearchResult(draft, [], [.. Problem(only)], null);
        }

        return images.HaveTruth
            ? await SearchAsync(draft, cancellationToken)
            : await LookAsync(draft, cancellationToken);
    }

    private async Task<SearchResult> SearchAsync(Draft draft, CancellationToken cancellationToken)
    {
        var warnings = new List<string>();
        var first = await TryAllAsync(Variants.Of(draft), images.Sample(FirstImages), cancellationToken);
        var trials = images.Images.Count > FirstImages
            ? await TryAllAsync(FinalistsOf(first, draft), images.Images, cancellationToken)
            : first;
        var all = Best(trials).ToList();
        var drafted = trials.First(trial => trial.Variant.Rank == 0);
        var mayBe = all.Where(trial => IsAllowed(trial, draft)).ToList();
        if (mayBe.Count == 0)
        {
            return new SearchResult(draft, all, [.. Problem(drafted)], drafted, IsWrong: true);
        }

        // A source's usual preprocessing is replaced if more answers are right, but not if they are more confident.
        var usual = mayBe.Where(trial => IsUsual(trial, draft)).ToList();
        var fits = usual.Count > 0 && !IsMoreRight(mayBe[0], usual[0]) ? usual : mayBe;
        var tied = Tied(fits).ToList();
        var taken = tied.MinBy(trial => trial.Variant.Rank)!;
        var better = LabelOrderCheck.FindBetter(mayBe, taken, draft);
        var isLabelsCertain = draft.Find("labels")!.Certainty == Certainty.Certain;
        if (IsMoreRight(all[0], taken) && (better is null || isLabelsCertain))
        {
            warnings.Add($"The images favor \"{all[0].Variant.Text}\" over the values from the files or your "
                + $"options ({InitReport.Describe(all[0].Trial)}, compared with {InitReport.Describe(taken.Trial)}). "
                + "Check the preprocessing and the order of the labels.");
        }

        var (right, known) = (taken.Trial.Right!.Value, taken.Trial.Known);
        var isChance = images.IsChance(right, known);
        if (better is not null)
        {
            warnings.Add(better);
        }
        else if (isChance || right * 2 < known)
        {
            warnings.Add($"Only {right} of {known} answers are right"
                + (isChance ? ", which is no better than guessing. " : ". ")
                + "Check the preprocessing, the order of the labels, and whether the folders match the model's "
                + "classes.");
        }

        if ((isChance || better is not null) && drafted.Trial.Problem is null)
        {
            // The best of several wrong fits proves nothing, so the draft is as good.
            (taken, tied) = (drafted, [drafted]);
        }

        var result = Explain(taken, tied, draft);
        if (isChance || better is not null)
        {
            Doubt(result, draft);
        }
        else if (LabelOrderCheck.FindAmbiguity(mayBe, taken, draft) is { } ambiguity)
        {
            warnings.Add(ambiguity);
            foreach (var finding in OrderMembers.Select(result.Find).OfType<Finding>())
            {
                result.Set(
                    finding.Member, finding.Value.DeepClone(),
                    "a guess: another order of labels and channels fits as well", Certainty.Unsure);
            }
        }

        warnings.AddRange(Problem(taken));
        return new SearchResult(result, all, warnings, taken, IsWrong: isChance || better is not null);
    }

    /// <summary>
    /// Returns the variants to try on all images: the best, the most usual of those that are equally good, those that
    /// fit another order of the labels, and the draft.
    /// </summary>
    private static List<Variant> FinalistsOf(IReadOnlyList<VariantTrial> first, Draft draft)
    {
        var allowed = Best(first.Where(trial => IsAllowed(trial, draft))).ToList();
        var usual = allowed.Where(trial => IsUsual(trial, draft)).ToList();
        return [.. Best(first).Take(Finalists)
            .Concat(allowed.Take(Finalists)).Concat(MostUsual(allowed)).Concat(MostUsual(usual))
            .Concat(LabelOrderCheck.Clearest(allowed)).Append(first[0])
            .Select(trial => trial.Variant).Distinct()];

        // One for each range and for each way to resize, so that no value that fits is left out.
        static IEnumerable<VariantTrial> MostUsual(List<VariantTrial> trials)
        {
            var tied = Tied(trials).OrderBy(trial => trial.Variant.Rank).ToList();
            return tied.DistinctBy(trial => Values(trial, Variants.RangeMembers))
                .Concat(tied.DistinctBy(trial => Values(trial, Variants.ResizeMembers)));
        }

        static string Values(VariantTrial trial, IReadOnlyList<string> members) => string.Join(
            ';', members.Select(member => trial.Variant.Draft.Find(member)?.Value.ToJsonString()));
    }

    /// <summary>Returns the trials that count as equal to the first, which is the best.</summary>
    private static IEnumerable<VariantTrial> Tied(List<VariantTrial> trials) =>
        trials.TakeWhile(trial => trials[0].Trial.Evidence - trial.Trial.Evidence < Margin);

    /// <summary>
    /// Without known classes, images prove little, so this only replaces a draft with useless answers.
    /// </summary>
    private async Task<SearchResult> LookAsync(Draft draft, CancellationToken cancellationToken)
    {
        var trials = await TryAllAsync(Variants.Ranges(draft), images.Sample(FirstImages), cancellationToken);
        var taken = trials[0].Trial.Problem is null
            ? trials[0]
            : Best(trials).FirstOrDefault(trial => IsAllowed(trial, draft)) ?? trials[0];
        var result = taken.Variant.Draft.Copy();
        if (taken != trials[0])
        {
            Doubt(result, draft);
        }

        return new SearchResult(
            result,
            trials,
            [
                "The classes of the images are unknown, so the images prove nothing about the preprocessing. Sort them "
                + "into one folder per class, named after the labels.",
                .. Problem(taken),
            ],
            taken);
    }

    private IEnumerable<string> Problem(VariantTrial trial)
    {
        if (trial.Trial.Problem is { } problem)
        {
            yield return $"The preprocessing is probably wrong. With {(images.AreDrawn ? "test drawings" : "your images")}, "
                + $"{problem}.";
        }
    }

    /// <summary>Returns the trials with useful answers, best first.</summary>
    private static IEnumerable<VariantTrial> Best(IEnumerable<VariantTrial> trials) =>
        trials.Where(trial => trial.Trial.Problem is null)
            .OrderByDescending(trial => trial.Trial.Evidence).ThenBy(trial => trial.Variant.Rank);

    /// <summary>Returns true if the variant keeps every value that the files or the user are certain of.</summary>
    private static bool IsAllowed(VariantTrial trial, Draft draft) =>
        Members.Select(draft.Find).OfType<Finding>().Where(finding => finding.Certainty == Certainty.Certain)
            .All(finding => Same(trial.Variant.Draft, draft, finding.Member));

    /// <summary>Returns true if the variant also keeps the source's usual range and resizing.</summary>
    private static bool IsUsual(VariantTrial trial, Draft draft) =>
        Members.Where(member => member != "input.channels").Select(draft.Find).OfType<Finding>()
            .Where(finding => finding.Certainty != Certainty.Unsure)
            .All(finding => Same(trial.Variant.Draft, draft, finding.Member));

    private static bool IsMoreRight(VariantTrial one, VariantTrial other) =>
        LabelOrderCheck.IsMoreRight(one.Trial.Right ?? 0, other.Trial.Right ?? 0, one.Trial.Known);

    private static bool Same(Draft one, Draft other, string member) =>
        one.Find(member)?.Value.ToJsonString() == other.Find(member)?.Value.ToJsonString();

    /// <summary>Records for each value whether the images show it, or other values fit equally well.</summary>
    private static Draft Explain(VariantTrial taken, List<VariantTrial> tied, Draft draft)
    {
        var result = taken.Variant.Draft.Copy();
        string[] numbers = [.. Variants.RangeMembers.Where(member => member != "input.channels")];
        foreach (var members in (IReadOnlyList<string>[])[["input.channels"], numbers, Variants.ResizeMembers])
        {
            var isShown = tied.TrueForAll(other =>
                members.All(member => Same(other.Variant.Draft, taken.Variant.Draft, member)));
            foreach (var finding in members.Select(result.Find).OfType<Finding>())
            {
                var drafted = draft.Find(finding.Member);
                // If the order of the labels is in doubt, so is the order of the channels.
                var isInDoubt = finding.Member == "input.channels" && finding.Certainty == Certainty.Likely
                    && tied.Exists(other => other.Trial.IsReversed != taken.Trial.IsReversed);
                if (isInDoubt || drafted?.Certainty is Certainty.Unsure or null || !Same(result, draft, finding.Member))
                {
                    result.Set(
                        finding.Member,
                        finding.Value.DeepClone(),
                        isShown ? "the best fit for the images" : "a guess: other values fit the images equally well",
                        isShown ? Certainty.Likely : Certainty.Unsure);
                }
            }
        }

        var labels = result.Find("labels")!;
        var isOrderShown = tied.TrueForAll(other => other.Trial.IsReversed == taken.Trial.IsReversed);
        if (taken.Trial.IsReversed || !isOrderShown)
        {
            var names = labels.Value.AsArray().Select(name => name!.DeepClone());
            result.Set(
                "labels",
                new JsonArray([.. taken.Trial.IsReversed ? names.Reverse() : names]),
                isOrderShown ? "the folders of --images, in the order that fits the images"
                : "a guess: the other order fits the images equally well",
                isOrderShown ? Certainty.Likely : Certainty.Unsure);
        }

        return result;
    }

    /// <summary>Marks the labels, and the values that the images changed, as guesses.</summary>
    private static void Doubt(Draft result, Draft draft)
    {
        foreach (var finding in Members.Append("labels").Select(result.Find).OfType<Finding>())
        {
            if (finding.Certainty == Certainty.Likely
                && (finding.Member == "labels" || draft.Find(finding.Member)?.Certainty is Certainty.Unsure or null
                    || !Same(result, draft, finding.Member)))
            {
                result.Set(
                    finding.Member, finding.Value.DeepClone(), "a guess: the images don't prove it", Certainty.Unsure);
            }
        }
    }

    private async Task<IReadOnlyList<VariantTrial>> TryAllAsync(
        IReadOnlyList<Variant> variants, IReadOnlyList<ProofImage> on, CancellationToken cancellationToken)
    {
        // The draft has been loaded, so only other variants can exceed a manifest's limits.
        var valid = variants.Where(variant => Read(variant).Refusal is null).ToList();
        return await StepProgress.RunAsync("variant", valid.Count, async advance =>
        {
            var trials = new List<VariantTrial>();
            foreach (var variant in valid)
            {
                trials.Add(await TryAsync(variant, on, cancellationToken));
                advance();
            }

            return trials;
        });
    }

    private static Outcome<Manifest> Read(Variant variant) =>
        ManifestReader.Read(ModelName.Parse("tried").Value, Encoding.UTF8.GetBytes(variant.Draft.ToJson()));

    private async Task<VariantTrial> TryAsync(
        Variant variant, IReadOnlyList<ProofImage> on, CancellationToken cancellationToken)
    {
        // The order of two folders is a guess. With one score, the order determines which label the score is for.
        var labels = variant.Draft.Find("labels")!;
        var mayReverse = labels.Certainty != Certainty.Certain && labels.Value.AsArray().Count == 2;
        return new VariantTrial(
            variant,
            await proof.RunAsync(backend, Read(variant).Value.Input, on, mayReverse, cancellationToken));
    }
}

internal sealed record VariantTrial(Variant Variant, Trial Trial);

/// <param name="Draft">The draft that fits the images best.</param>
/// <param name="Trials">The trials, best first; empty for drawn images.</param>
/// <param name="Taken">The trial of the draft; null for drawn images.</param>
/// <param name="IsWrong">True if the images show that the model isn't ready to be published.</param>
internal sealed record SearchResult(
    Draft Draft,
    IReadOnlyList<VariantTrial> Trials,
    IReadOnlyList<string> Warnings,
    VariantTrial? Taken,
    bool IsWrong = false);
