using Azure;
using Microsoft.Extensions.Options;

namespace ServerlessMme.Hosting;

/// <summary>Turns expected errors into text for people.</summary>
public static class ErrorText
{
    /// <summary>The text; null for an unexpected error, which should keep its stack trace.</summary>
    public static string? Explain(Exception exception) => exception switch
    {
        OptionsValidationException options => "The settings cannot be used:\n  " + string.Join("\n  ", options.Failures),
        AggregateException { InnerExceptions: [var only] } => Explain(only),
        AggregateException { InnerExceptions: var all } when all.All(e => e is OptionsValidationException) =>
            string.Join("\n", all.Select(Explain)),
        RequestFailedException storage => $"Storage answered {storage.Status} {storage.ErrorCode}: {storage.Message}",
        FormatException format => $"A setting cannot be read: {format.Message}",
        IOException io => io.Message,
        UnauthorizedAccessException access => access.Message,
        _ => null,
    };
}
