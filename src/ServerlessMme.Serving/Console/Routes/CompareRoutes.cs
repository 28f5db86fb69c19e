using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using ServerlessMme.Core.Candidates;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Review;
using ServerlessMme.Serving.Console.Access;
using ServerlessMme.Serving.Console.Documents;
using ServerlessMme.Serving.Console.Http;

namespace ServerlessMme.Serving.Console.Routes;

/// <summary>
/// Confusion matrices of the previous and the current version, of correct labels and answers, and of a candidate that
/// runs beside a model; and the images of one cell.
/// </summary>
internal sealed class CompareRoutes(
    AnswerListing listing, AnswerPages pages, Reviewer reviewer, ShadowStore shadows, IModelCatalog catalog,
    ModelManifests manifests, WorkLimits limits, TimeProvider time)
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
        using var turn = await limits.ScanAsync(context.RequestAborted);
        var events = new EventStream(context);
        var pairs = kind == "candidate"
            ? await OfCandidateAsync(context, model)
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
            answer => answer.Given == to && before(answer) == from,
            context.RequestAborted);
        await context.AnswerAsync(AnswerPageBody.Of(page), ConsoleJson.Default.AnswerPageBody);
    }

    /// <summary>What an answer is compared with; null for answers that are left out.</summary>
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
                throw ConsoleException.Invalid("kind must be previous, truth or candidate.");
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

    /// <summary>
    /// The counts of the candidate that scores the model's live drops. They list the model's answer first.
    /// </summary>
    private async Task<AnswerPairs> OfCandidateAsync(HttpContext context, ModelName model)
    {
        var shadow = await ShadowAsync(context, model);
        var tally = await shadows.SumAsync(shadow, null, context.RequestAborted);
        var pairs = new AnswerPairs();
        foreach (var change in tally.Changes)
        {
            pairs.Add(change.To, change.From!, change.Count);
        }

        return pairs;
    }

    private async Task<AnswerPageBody> ExamplesAsync(HttpContext context, ModelName model, string from, string to)
    {
        var shadow = await ShadowAsync(context, model);
        var tally = await shadows.SumAsync(shadow, null, context.RequestAborted);
        var items = tally.Examples.Where(example => example.To == from && example.From == to)
            .Select(example => new AnswerItem(
                example.Image, example.From, null, false, null, example.To, null, shadow.StartedAt, null))
            .ToList();
        return new AnswerPageBody(items, null, items.Count);
    }

    private async Task<Shadow> ShadowAsync(HttpContext context, ModelName model)
    {
        var candidate = ConsoleQuery.ModelOf(context.Required("candidate"));
        return await shadows.FindAsync(model, context.RequestAborted) is { } shadow && shadow.Candidate == candidate
            ? shadow
            : throw ConsoleException.NotFound(
                $"'{candidate}' has not run beside '{model}' yet. 'mme candidate start {model} {candidate}' "
                + "lets it score some of the live drops.");
    }

    /// <summary>The model's labels, which only order the matrix; empty if they aren't there soon.</summary>
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
