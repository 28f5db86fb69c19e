using Microsoft.AspNetCore.Http;
using ServerlessMme.Core.Review;
using ServerlessMme.Serving.Console.Http;

namespace ServerlessMme.Serving.Console.Routes;

/// <summary>Reads which answers a request selects, and where in the list the page begins.</summary>
internal static class AnswerFilters
{
    public static AnswerFilter Read(HttpContext context)
    {
        var refused = context.Text("refused");
        return new AnswerFilter(
            context.Flag("unsure"),
            refused is not (null or "false"),
            context.Text("label"),
            Since: context.Time("since"),
            Prefix: context.Text("prefix"))
        {
            Min = context.Share("min"),
            Max = context.Share("max"),
            Error = refused is "true" or "false" ? null : refused,
            ChangedOnly = context.Flag("changed"),
            Until = context.Time("until"),
        };
    }

    public static AnswerCursor Cursor(HttpContext context, string name) =>
        AnswerCursor.TryParse(LongText(context, name), out var cursor)
            ? cursor
            : throw ConsoleException.Invalid(
                $"The parameter '{name}' isn't a position in this list. Start from the beginning.");

    /// <summary>Maximum number of answers checked per page. A short first page shows its pictures sooner.</summary>
    public static int Count(HttpContext context) =>
        context.Number("count", AnswerPages.MaxSeen, 1, AnswerPages.MaxSeen);

    /// <summary>Cursors hold names, so they may be longer than other texts. Their parsers enforce limits.</summary>
    public static string? LongText(HttpContext context, string name) =>
        context.Request.Query[name].ToString() is { Length: > 0 } text ? text : null;
}
