using Azure;
using Microsoft.Extensions.Options;
using ServerlessMme.Azure.Emulator;

namespace ServerlessMme.Cli.Composition;

/// <summary>Turns what may be expected to go wrong into text for people.</summary>
internal static class Failures
{
    /// <summary>The text; null for what is a defect and deserves its stack trace.</summary>
    public static string? Explain(Exception exception) => exception switch
    {
        OptionsValidationException options => "The settings cannot be used:\n  " + string.Join("\n  ", options.Failures),
        AggregateException { InnerExceptions: [var only] } => Explain(only),
        AggregateException { InnerExceptions: var all } when all.All(e => e is OptionsValidationException) =>
            string.Join("\n", all.Select(Explain)),
        EmulatorException emulator => emulator.Message,
        RequestFailedException storage => $"Storage answered {storage.Status} {storage.ErrorCode}: {storage.Message}",
        FormatException format => $"A setting cannot be read: {format.Message}",
        IOException io => io.Message,
        UnauthorizedAccessException access => access.Message,
        _ => null,
    };
}
