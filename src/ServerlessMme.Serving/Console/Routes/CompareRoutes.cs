using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using ServerlessMme.Core.Candidates;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Review;
using ServerlessMme.Serving.Console.Access;
using ServerlessMme.Serving.Console.Candidates;
using ServerlessMme.Serving.Console.Documents;
using ServerlessMme.Serving.Console.Http;

namespace ServerlessMme.Serving.Console.Routes;

/// <summary>
/// Confusion matrices of the previous and the current version, of correct labels and answers, and of a candidate and
/// the model; and the images of one cell.
/// </summary>
internal sealed class CompareRoutes(
    AnswerListing listing, AnswerPages pages, Reviewer reviewer, ShadowStore shadows, Lazy<CandidateTrials> trials,
    IModelCatalog catalog, ModelManifests manifests, WorkLimits limits, TimeProvider time)
{
    private const int MaxCells = 10_000;
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromMilliseconds(400);

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/console/api/compare/{name}", CompareAsync);
        routes.MapGet("/console/api/compare/{name}/cell", CellAsync);
    }

    private async Task CompareAsync(HttpContext context)
    {
        var (model, kind) = (context.Model(), context.Required("kind"));
        var isCandidate = kind == "candidate";
        // Scoring has its own queue, so other pages don't wait behind it.
        using var turn = isCandidate ? null : await limits.ScanAsync(context.RequestAborted);
        var events = new EventStream(context);
        var pairs = isCandidate
            ? await OfCandidateAsync(context, model, events)
            : await OfAnswersAsync(model, await BeforeAsync(context, model, kind), events, context.RequestAborted);
        var known = await LabelsAsync(model, context.RequestAborted);
        await events.SendAsync(
            "done",
            new CellsBody(pairs.Labels(known), pairs.Most(MaxCells), pairs.Total, pairs.Same),
            ConsoleJson.Default.CellsBody);
    }

    private async Task CellAsync(HttpContext context)
    {
        var (model, kind) = (context.Model(), context.Required("kind"));
        var (from, to) = (context.Required("from"), context.Required("to"));
        if (kind == "candidate")
        {
            await context.AnswerAsync(
                await ExamplesAsync(context, model, from, to), ConsoleJson.Default.AnswerPageBody);
            return;
        }

        var before = await BeforeAsync(context, model, kind);
        var page = await pages.ReadAsync(
            model,
            AnswerFilters.Cursor(context, "cursor"),
            AnswerFilters.Count(context),
            answer => answer.Given == to && before(answer) == from,
            context.RequestAborted);
        await context.AnswerAsync(AnswerPageBody.Of(page), ConsoleJson.Default.AnswerPageBody);
    }

    /// <summary>
    /// Returns a function that finds the label to compare an answer with. An answer for which it returns null is left
    /// out.
    /// </summary>
    private async Task<Func<StoredAnswer, string?>> BeforeAsync(HttpContext context, ModelName model, string kind)
    {
        switch (kind)
        {
            case "previous":
                return answer => answer.Previous;
            case "truth":
                var truths = await reviewer.TruthsAsync(model, context.RequestAborted);
                // A refusal is neither right nor wrong, as in a review.
                return answer => answer.Answer is { } given && truths(answer.Image) is { } truth
                    ? LabelStamp.AreSame(given, truth) ? given : truth
                    : null;
            default:
                throw ConsoleException.Invalid(
                    $"The parameter 'kind' is '{Printable.Text(kind)}', but must be previous, truth or candidate.");
        }
    }

    private async Task<AnswerPairs> OfAnswersAsync(
        ModelName model, Func<StoredAnswer, string?> before, EventStream events, CancellationToken cancellationToken)
    {
        var pairs = new AnswerPairs();
        var (seen, sentAt) = (0L, time.GetTimestamp());
        await foreach (var answer in listing.ListAsync(
            model, new AnswerFilter(), readsLabels: false, _ => seen++, cancellationToken))
        {
            if (before(answer) is { } from)
            {
                pairs.Add(from, answer.Given);
            }

            if (time.GetElapsedTime(sentAt) > ProgressInterval)
            {
                await events.SendAsync("progress", new SeenBody(seen), ConsoleJson.Default.SeenBody);
                sentAt = time.GetTimestamp();
            }
        }

        return pairs;
    }

    /// <summary>Returns the counts of live drops if the candidate scores them, and of a sample otherwise.</summary>
    private async Task<AnswerPairs> OfCandidateAsync(HttpContext context, ModelName model, EventStream events)
    {
        var candidate = ConsoleQuery.ModelOf(context.Required("candidate"));
        var pairs = new AnswerPairs();
        if (await LiveAsync(model, candidate, context.RequestAborted) is var (_, tally))
        {
            foreach (var change in tally.Changes)
            {
                pairs.Add(change.To, change.From!, change.Count);
            }

            return pairs;
        }

        var trial = await trials.Value.CheckAsync(model, candidate, context.RequestAborted);
        var seen = 0L;
        var scoring = trials.Value.RunAsync(trial, () => Interlocked.Increment(ref seen), context.RequestAborted);
        while (await Task.WhenAny(scoring, Task.Delay(ProgressInterval, time, context.RequestAborted)) != scoring)
        {
            await events.SendAsync(
                "progress", new SeenBody(Interlocked.Read(ref seen)), ConsoleJson.Default.SeenBody);
        }

        var images = await scoring;
        if (images.Count == 0 && !context.Response.HasStarted)
        {
            throw ConsoleException.NotFound(
                $"'{model}' has no images, so '{candidate}' can't be compared with it. Drop some images first.");
        }

        foreach (var image in images.Where(image => image.Before is not null))
        {
            pairs.Add(image.After.Answer, image.Before!.Answer);
        }

        return pairs;
    }

    /// <summary>Returns the images of a cell, or some of them if the candidate scores live drops.</summary>
    private async Task<AnswerPageBody> ExamplesAsync(HttpContext context, ModelName model, string from, string to)
    {
        var candidate = ConsoleQuery.ModelOf(context.Required("candidate"));
        List<AnswerItem> items;
        if (await LiveAsync(model, candidate, context.RequestAborted) is var (shadow, tally))
        {
            items = [.. tally.Examples.Where(example => example.To == from && example.From == to)
                .Select(example => new AnswerItem(
                    example.Image, example.From, null, false, null, example.To, null, shadow.StartedAt, null))];
        }
        else
        {
            var trial = await trials.Value.CheckAsync(model, candidate, context.RequestAborted);
            var images = await trials.Value.RunAsync(trial, () => { }, context.RequestAborted);
            items = [.. images.Where(image => image.After.Answer == from && image.Before?.Answer == to)
                .Select(image => ItemOf(image, trial.Version))];
        }

        return new AnswerPageBody(items, null, items.Count);
    }

    private AnswerItem ItemOf(ComparedImage image, string version)
    {
        var now = image.Before!;
        return new AnswerItem(
            image.Image,
            now.IsRefusal ? null : now.Answer,
            now.Score,
            now.IsUnsure,
            now.IsRefusal ? now.Answer[LabelStamp.ErrorPrefix.Length..] : null,
            image.After.Answer,
            version,
            time.GetUtcNow(),
            null);
    }

    /// <summary>Returns the candidate's answers to live drops; null if it has scored none.</summary>
    private async Task<(Shadow Shadow, ShadowTally Tally)?> LiveAsync(
        ModelName model, ModelName candidate, CancellationToken cancellationToken) =>
        await shadows.FindAsync(model, cancellationToken) is { } shadow && shadow.Candidate == candidate
        && await shadows.SumAsync(shadow, null, cancellationToken) is { Scored: > 0 } tally
            ? (shadow, tally)
            : null;

    /// <summary>Returns the model's labels, which only order the matrix; empty if they can't be read in time.</summary>
    private async Task<IReadOnlyList<string>> LabelsAsync(ModelName model, CancellationToken cancellationToken)
    {
        if (await catalog.FindAsync(model, cancellationToken) is not { Members: null, LacksTarget: false } published)
        {
            return [];
        }

        await manifests.PrepareAsync([published], cancellationToken);
        return manifests.Find(published)?.Facts?.Labels ?? [];
    }
}
