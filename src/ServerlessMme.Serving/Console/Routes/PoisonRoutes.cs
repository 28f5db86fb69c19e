using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Hosting;
using ServerlessMme.Core.Queues;
using ServerlessMme.Core.Requests;
using ServerlessMme.Serving.Console.Access;
using ServerlessMme.Serving.Console.Documents;
using ServerlessMme.Serving.Console.Http;

namespace ServerlessMme.Serving.Console.Routes;

/// <summary>Poison messages: search, retry and drop.</summary>
internal sealed class PoisonRoutes(
    PoisonAdmin poison, PoisonPages pages, WorkLimits limits, IHostApplicationLifetime lifetime)
{
    private const int PageSize = 100;
    private const int MaxDigests = 10_000;
    private const int MaxMessage = 2000;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/console/api/poison", ListAsync);
        routes.MapPost("/console/api/poison/retry", RetryAsync);
        routes.MapPost("/console/api/poison/drop", DropAsync);
    }

    private async Task ListAsync(HttpContext context)
    {
        var from = context.Text("from");
        var after = from is null
            ? (PoisonPlace?)null
            : PoisonPlace.Parse(from)
                ?? throw ConsoleException.Invalid(
                    "The parameter 'from' isn't a position in this list. Start from the beginning.");
        var search = context.Text("search");
        // Only a search reads every message.
        using var turn = search is null ? null : await limits.ScanAsync(context.RequestAborted);
        var page = await pages.ReadAsync(search, after, PageSize, context.RequestAborted);
        var items = page.Items.Select(entry => new PoisonItem(
            entry.Digest, entry.Reasons, entry.Tries, entry.GivenUpAt, Cut(entry.Message))).ToList();
        await context.AnswerAsync(
            new PoisonPageBody(items, page.Found, page.Next?.ToString()), ConsoleJson.Default.PoisonPageBody);
    }

    private Task RetryAsync(HttpContext context) => ActAsync(
        context, poison.RetryAsync, stopping => poison.RetryAsync((string?)null, stopping));

    private Task DropAsync(HttpContext context) => ActAsync(
        context, poison.DropAsync, stopping => poison.DropAsync((string?)null, stopping));

    private async Task ActAsync(
        HttpContext context,
        Func<IReadOnlySet<string>, CancellationToken, Task<IReadOnlySet<string>>> act,
        Func<CancellationToken, Task<IReadOnlySet<string>>> actOnAll)
    {
        var request = await context.ReadAsync(ConsoleJson.Default.PoisonRequest);
        if (request.All == request.Digests is not null)
        {
            throw ConsoleException.Invalid("The body must have either 'digests' or 'all'.");
        }

        if (request.Digests is { Count: > MaxDigests }
            || request.Digests?.Any(digest => digest is not { Length: MessageDigest.Length }) == true)
        {
            throw ConsoleException.Invalid(
                $"The member 'digests' must have at most {MaxDigests} strings of {MessageDigest.Length} characters "
                + "each.");
        }

        // The action continues if the page is closed, because nobody expects a half-finished action.
        var done = request.All && string.IsNullOrEmpty(request.Search)
            // Lists omit some messages without a reason, so an action on all messages doesn't use a list.
            ? await actOnAll(lifetime.ApplicationStopping)
            : await act(await ChooseAsync(request, context.RequestAborted), lifetime.ApplicationStopping);
        await context.AnswerAsync(
            new PoisonBody([.. done.Order(StringComparer.Ordinal)]), ConsoleJson.Default.PoisonBody);
    }

    private async Task<IReadOnlySet<string>> ChooseAsync(PoisonRequest request, CancellationToken cancellationToken) =>
        request.Digests is { } digests
            ? digests.ToHashSet(StringComparer.Ordinal)
            : await pages.FindAsync(request.Search!, cancellationToken);

    private static string Cut(string message) => message.Length <= MaxMessage
        ? message
        : message[..(char.IsHighSurrogate(message[MaxMessage - 2]) ? MaxMessage - 2 : MaxMessage - 1)] + "…";
}
