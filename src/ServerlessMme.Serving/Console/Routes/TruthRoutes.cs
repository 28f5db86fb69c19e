using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Review;
using ServerlessMme.Core.Truth;
using ServerlessMme.Serving.Console.Access;
using ServerlessMme.Serving.Console.Documents;
using ServerlessMme.Serving.Console.Http;
using ServerlessMme.Serving.Console.Settings;

namespace ServerlessMme.Serving.Console.Routes;

/// <summary>The review: which images to check next, and the person's decisions.</summary>
internal sealed class TruthRoutes(Reviewer reviewer, ConsoleSettings settings, WorkLimits limits, TimeProvider time)
{
    private const int Count = 50;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/console/api/truth/{name}/next", NextAsync);
        routes.MapPut("/console/api/truth/{name}", WriteAsync);
        routes.MapDelete("/console/api/truth/{name}", RemoveAsync);
    }

    private async Task NextAsync(HttpContext context)
    {
        var order = context.Text("order") switch
        {
            null or "unsure" => ReviewOrder.Unsure,
            "least" => ReviewOrder.Least,
            "random" => ReviewOrder.Random,
            var other => throw ConsoleException.Invalid(
                $"The parameter 'order' is '{Printable.Text(other)}', but must be unsure, least or random."),
        };
        var after = AnswerFilters.LongText(context, "after");
        var place = after is null
            ? (ReviewPlace?)null
            : ReviewPlace.Parse(after)
                ?? throw ConsoleException.Invalid(
                    "The parameter 'after' isn't a position in this review. Start from the beginning.");
        var count = context.Number("count", Count, 1, Reviewer.MaxCount);
        using var turn = await limits.ScanAsync(context.RequestAborted);
        var page = await reviewer.NextAsync(context.Model(), order, count, place, context.RequestAborted);
        await context.AnswerAsync(
            new ReviewBody(
                [.. page.Items.Select(AnswerItem.Of)], page.Next?.ToString(), AccuracyBody.From(page.Accuracy)),
            ConsoleJson.Default.ReviewBody);
    }

    private async Task WriteAsync(HttpContext context)
    {
        var (model, image) = (context.Model(), ReviewedImage(context));
        var request = await context.ReadAsync(ConsoleJson.Default.TruthRequest);
        if (request.Label is not { Length: > 0 and <= TruthJson.MaxLabel } label)
        {
            throw ConsoleException.Invalid($"The member 'label' must have 1 to {TruthJson.MaxLabel} characters.");
        }

        var truth = new CorrectLabel(label, settings.User, time.GetUtcNow());
        await AnswerAsync(context, await reviewer.WriteAsync(model, image, truth, context.RequestAborted));
    }

    private async Task RemoveAsync(HttpContext context) => await AnswerAsync(
        context,
        await reviewer.RemoveAsync(
            context.Model(), ReviewedImage(context), context.Required("label"), context.RequestAborted));

    private static string ReviewedImage(HttpContext context)
    {
        var image = context.Image();
        return TruthName.Check(image) is { } refusal ? throw ConsoleException.Of(refusal) : image;
    }

    private static Task AnswerAsync(HttpContext context, ReviewAccuracy accuracy) =>
        context.AnswerAsync(new TruthBody(AccuracyBody.From(accuracy)), ConsoleJson.Default.TruthBody);
}
