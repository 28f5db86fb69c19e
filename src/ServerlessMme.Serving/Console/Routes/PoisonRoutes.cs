using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using ServerlessMme.Core.Queues;
using ServerlessMme.Core.Requests;
using ServerlessMme.Serving.Console.Documents;
using ServerlessMme.Serving.Console.Http;

namespace ServerlessMme.Serving.Console.Routes;

/// <summary>Messages that were given up: search, retry and drop.</summary>
internal sealed class PoisonRoutes(PoisonAdmin poison)
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
        var from = context.Number("from", 0, 0, int.MaxValue);
        var found = await FindAsync(context.Text("search"), context.RequestAborted);
        var items = found.Skip(from).Take(PageSize).Select(entry => new PoisonItem(
            entry.Digest, entry.Reasons, entry.Tries, entry.GivenUpAt, Cut(entry.Message))).ToList();
        var next = from + items.Count;
        await context.AnswerAsync(
            new PoisonPage(
                items, found.Count, next < found.Count ? next.ToString(CultureInfo.InvariantCulture) : null),
            ConsoleJson.Default.PoisonPage);
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
            throw ConsoleException.Invalid("Name either digests, or all.");
        }

        if (request.Digests is { Count: > MaxDigests }
            || request.Digests?.Any(digest => digest is not { Length: MessageDigest.Length }) == true)
        {
            throw ConsoleException.Invalid(
                $"digests must be at most {MaxDigests} texts of {MessageDigest.Length} characters each.");
        }

        // The action goes on when the page is closed, because half of it would surprise.
        var done = request.All && string.IsNullOrEmpty(request.Search)
            // A list does not have every message without a reason.
            ? await actOnAll(CancellationToken.None)
            : await act(await ChooseAsync(request, context.RequestAborted), CancellationToken.None);
        await context.AnswerAsync(
            new PoisonBody([.. done.Order(StringComparer.Ordinal)]), ConsoleJson.Default.PoisonBody);
    }

    private async Task<HashSet<string>> ChooseAsync(PoisonRequest request, CancellationToken cancellationToken)
    {
        var digests = request.Digests
            ?? (await FindAsync(request.Search, cancellationToken)).Select(entry => entry.Digest);
        return digests.ToHashSet(StringComparer.Ordinal);
    }

    private async Task<IReadOnlyList<PoisonEntry>> FindAsync(string? search, CancellationToken cancellationToken)
    {
        var all = await poison.ListAsync(cancellationToken);
        return string.IsNullOrEmpty(search) ? all : [.. all.Where(entry => Has(entry, search))];
    }

    private static bool Has(PoisonEntry entry, string search) =>
        Contains(entry.Digest, search) || Contains(entry.Message, search)
        || entry.Reasons.Any(reason => Contains(reason.Code, search) || Contains(reason.Message, search));

    private static bool Contains(string text, string search) =>
        text.Contains(search, StringComparison.OrdinalIgnoreCase);

    private static string Cut(string message) => message.Length <= MaxMessage
        ? message
        : message[..(char.IsHighSurrogate(message[MaxMessage - 2]) ? MaxMessage - 2 : MaxMessage - 1)] + "…";
}
