using System.Text;
using ServerlessMme.Core.Backends;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Import;
using ServerlessMme.Core.Models.Manifests;

namespace ServerlessMme.Cli.Models.Init;

/// <summary>Tries the plausible preprocessings on images, and takes the one that the images speak for.</summary>
internal sealed class PreprocessingSearch(Proof proof, IBackend backend, ProofImages images)
{
    // In nats per image. Below that, two preprocessings do equally well.
    private const double Margin = 0.02;
    private static readonly string[] RangeMembers = ["input.channels", "input.scale", "input.mean", "input.std"];
    private static readonly string[] ResizeMembers =
        ["input.resize.mode", "input.resize.filter", "input.resize.side", "input.resize.offset", "input.resize.colour"];

    public async Task<SearchResult> RunAsync(Draft draft, CancellationToken cancellationToken)
    {
        var trials = new List<CandidateTrial>();
        var warnings = new List<string>();
        if (images.AreDrawn)
        {
            // Drawings say whether a model answers at all, and nothing about which answers are right.
            var only = await TryAsync(new Candidate("as drafted", draft, true), cancellationToken);
            return new SearchResult(draft, [], Problems(only), images);
        }

        var ranges = await TryAllAsync(Candidates.Ranges(draft), trials, cancellationToken);
        var best = Take(ranges, RangeMembers, warnings);
        var taken = best.Candidate.Text;
        if (draft.Find("input.resize.mode")?.Value.GetValue<string>() != "none")
        {
            var resizes = await TryAllAsync(Candidates.ResizeModes(best.Candidate.Draft), [], cancellationToken);
            var resized = Take(resizes, ResizeMembers, warnings);
            // The draft's own way to resize has been printed as the best range.
            trials.AddRange(resizes.Where(trial => !trial.Candidate.IsDraft).Select(trial => trial with
            {
                Candidate = trial.Candidate with { Text = Resized(trial) },
            }));
            if (!resized.Candidate.IsDraft)
            {
                taken = Resized(resized);
            }

            best = resized;
        }

        warnings.AddRange(Problems(best));
        return new SearchResult(best.Candidate.Draft, trials, warnings, images) { Taken = taken };
    }

    private static string Resized(CandidateTrial trial) => $"… {trial.Candidate.Text}";

    private IReadOnlyList<string> Problems(CandidateTrial trial)
    {
        var what = images.AreDrawn ? "test drawings" : "images";
        if (trial.Trial.Problem is { } problem)
        {
            return [$"The answers say nothing: of the {what}, {problem}. The preprocessing is probably wrong."];
        }

        return trial.Trial is { Right: { } right, Images: var count } && right * 2 < count
            ? [$"Only {right} of {count} images are right. Check the order of the labels, and the preprocessing."]
            : [];
    }

    /// <summary>The best trial if the draft was not sure; otherwise the draft, with a warning if it is worse.</summary>
    private CandidateTrial Take(
        IReadOnlyList<CandidateTrial> trials, string[] members, List<string> warnings)
    {
        var draft = trials[0];
        var order = trials.Where(trial => trial.Trial.Problem is null)
            .OrderByDescending(trial => trial.Trial.Evidence).ToList();
        if (order.Count == 0)
        {
            return draft;
        }

        // Without known classes only a guess gives way: certain nonsense can look like evidence.
        var least = images.HaveTruth ? Certainty.Certain : Certainty.Likely;
        var allowed = order.Where(trial => Keeps(trial.Candidate.Draft, draft.Candidate.Draft, members, least)).ToList();
        if (images.HaveTruth && Gain(order[0]) >= Margin && !allowed.Contains(order[0]))
        {
            warnings.Add($"The images speak for \"{order[0].Candidate.Text}\" rather than for what the files or your "
                + $"options say ({InitReport.Describe(order[0].Trial)} against {InitReport.Describe(draft.Trial)}). "
                + "Check the preprocessing and the order of the labels.");
        }

        var best = allowed.FirstOrDefault(trial => trial != draft && Gain(trial) >= Margin) ?? draft;
        var second = allowed.FirstOrDefault(trial => trial != best);
        return second is null ? best : Confirm(best, second, members);

        double Gain(CandidateTrial trial) => draft.Trial.Problem is null
            ? trial.Trial.Evidence - draft.Trial.Evidence
            : double.PositiveInfinity;
    }

    /// <summary>True when a candidate leaves every member alone that is at least so certain.</summary>
    private static bool Keeps(Draft candidate, Draft draft, string[] members, Certainty least) =>
        members.Select(draft.Find).OfType<Finding>().Where(finding => finding.Certainty >= least).All(finding =>
            candidate.Find(finding.Member)?.Value.ToJsonString() == finding.Value.ToJsonString());

    /// <summary>Marks the members as shown by the images, or as a guess when another does as well.</summary>
    private CandidateTrial Confirm(CandidateTrial best, CandidateTrial second, string[] members)
    {
        var draft = best.Candidate.Draft.Copy();
        var isClear = images.HaveTruth && best.Trial.Evidence - second.Trial.Evidence >= Margin;
        foreach (var finding in members.Select(draft.Find).OfType<Finding>())
        {
            // Images without known classes hint at a preprocessing and prove none.
            if (!images.HaveTruth && !best.Candidate.IsDraft)
            {
                draft.Set(
                    finding.Member, finding.Value.DeepClone(), "a hint of the images, whose classes are unknown",
                    Certainty.Unsure);
                continue;
            }

            if (finding.Certainty == Certainty.Unsure && isClear)
            {
                draft.Set(finding.Member, finding.Value.DeepClone(), "the images: it fits them best", Certainty.Likely);
            }
        }

        return best with { Candidate = best.Candidate with { Draft = draft } };
    }

    private async Task<IReadOnlyList<CandidateTrial>> TryAllAsync(
        IReadOnlyList<Candidate> candidates, List<CandidateTrial> all, CancellationToken cancellationToken)
    {
        var trials = new List<CandidateTrial>();
        foreach (var candidate in candidates)
        {
            // The draft has been loaded, so only another candidate can be beyond a manifest's limits.
            if (Read(candidate).Refusal is null)
            {
                trials.Add(await TryAsync(candidate, cancellationToken));
            }
        }

        all.AddRange(trials);
        return trials;
    }

    private static Outcome<Manifest> Read(Candidate candidate) =>
        ManifestReader.Read(ModelName.Parse("tried").Value, Encoding.UTF8.GetBytes(candidate.Draft.ToJson()));

    private async Task<CandidateTrial> TryAsync(Candidate candidate, CancellationToken cancellationToken) => new(
        candidate, await proof.RunAsync(backend, Read(candidate).Value.Input, images.Images, cancellationToken));
}

internal sealed record CandidateTrial(Candidate Candidate, Trial Trial);

/// <param name="Draft">The draft that the images speak for.</param>
/// <param name="Trials">What was tried; empty with drawn images.</param>
internal sealed record SearchResult(
    Draft Draft, IReadOnlyList<CandidateTrial> Trials, IReadOnlyList<string> Warnings, ProofImages Images)
{
    /// <summary>The text of the trial that the draft was; null with drawn images.</summary>
    public string? Taken { get; init; }
}
