using ServerlessMme.Core.Backends;
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
        if (draft.Find("input.resize.mode")?.Value.GetValue<string>() != "none")
        {
            var resizes = await TryAllAsync(Candidates.ResizeModes(best.Candidate.Draft), [], cancellationToken);
            var resized = Take(resizes, ResizeMembers, warnings);
            trials.AddRange(resizes.Where(trial => !trial.Candidate.IsDraft)
                .Select(trial => trial with
                {
                    Candidate = trial.Candidate with { Text = $"… {trial.Candidate.Text}" },
                }));
            best = resized;
        }

        warnings.AddRange(Problems(best));
        return new SearchResult(best.Candidate.Draft, trials, warnings, images) { Best = best.Trial };
    }

    private static IReadOnlyList<string> Problems(CandidateTrial trial) =>
        trial.Trial.Problem is { } problem ? [$"The answers are worth nothing: of the images, {problem}."] : [];

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

        var best = order[0];
        var gain = draft.Trial.Problem is null ? best.Trial.Evidence - draft.Trial.Evidence : double.PositiveInfinity;
        var certainty = members.Select(draft.Candidate.Draft.Find).OfType<Finding>()
            .Select(finding => finding.Certainty).DefaultIfEmpty(Certainty.Certain).Min();
        if (best == draft || gain < Margin)
        {
            return order.Count > 1 && best == draft ? Confirm(draft, order[1], members) : draft;
        }

        // Without labels only a guess gives way: a certain nonsense can look like evidence.
        if (certainty == Certainty.Certain || (!images.HaveTruth && certainty != Certainty.Unsure))
        {
            warnings.Add($"The images speak for \"{best.Candidate.Text}\" rather than for what the files say "
                + $"({InitReport.Describe(best.Trial)} against {InitReport.Describe(draft.Trial)}). "
                + "Check the preprocessing.");
            return draft;
        }

        return order.Count > 1 ? Confirm(best, order[1], members) : best;
    }

    /// <summary>Marks the members as shown by the images, or as a guess when another does as well.</summary>
    private static CandidateTrial Confirm(CandidateTrial best, CandidateTrial second, string[] members)
    {
        var draft = best.Candidate.Draft.Copy();
        var isClear = best.Trial.Evidence - second.Trial.Evidence >= Margin;
        foreach (var finding in members.Select(draft.Find).OfType<Finding>())
        {
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
            trials.Add(await TryAsync(candidate, cancellationToken));
        }

        all.AddRange(trials);
        return trials;
    }

    private async Task<CandidateTrial> TryAsync(Candidate candidate, CancellationToken cancellationToken)
    {
        var json = System.Text.Encoding.UTF8.GetBytes(candidate.Draft.ToJson());
        var manifest = ManifestReader.Read(ModelName.Parse("tried").Value, json).Value;
        return new CandidateTrial(
            candidate, await proof.RunAsync(backend, manifest.Input, images.Images, cancellationToken));
    }
}

internal sealed record CandidateTrial(Candidate Candidate, Trial Trial);

/// <param name="Draft">The draft that the images speak for.</param>
/// <param name="Trials">What was tried; empty with drawn images.</param>
internal sealed record SearchResult(
    Draft Draft, IReadOnlyList<CandidateTrial> Trials, IReadOnlyList<string> Warnings, ProofImages Images)
{
    public Trial? Best { get; init; }
}
