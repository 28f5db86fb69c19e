using System.Text.Json.Serialization;
using ServerlessMme.Core.Queues;
using ServerlessMme.Core.Requests;

namespace ServerlessMme.Cli.Poison;

/// <summary>A message in the poison queue, as JSON.</summary>
/// <param name="Message">The message's digest, which identifies it in commands.</param>
/// <param name="GivenUpAt">Null if no reason was written.</param>
/// <param name="Body">The message as text, with control characters escaped.</param>
internal sealed record PoisonMessage(
    string Message, DateTimeOffset? GivenUpAt, long Attempts, IReadOnlyList<PoisonReason> Reasons, string Body)
{
    public static PoisonMessage Of(PoisonEntry entry) => new(
        entry.Digest,
        entry.GivenUpAt,
        entry.Tries,
        entry.Reasons,
        PoisonCommand.Plain(entry, MessageParser.MaxBytes));
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(IReadOnlyList<PoisonMessage>))]
internal sealed partial class PoisonJson : JsonSerializerContext;
