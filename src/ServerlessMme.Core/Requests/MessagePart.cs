using System.Globalization;
using ServerlessMme.Core.Failures;

namespace ServerlessMme.Core.Requests;

/// <summary>One request of a message: some images of one model, those with a prefix, or an archive.</summary>
/// <param name="Index">The message's index in its group.</param>
/// <param name="Part">The request's index in the message.</param>
/// <param name="Refusals">Names in the message that cannot be requested. Only the first part has them.</param>
/// <param name="IsAlone">True if the message contains no other request.</param>
internal sealed record MessagePart(
    ClassifyRequest Request,
    IncomingMessage Message,
    int Index,
    int Part,
    IReadOnlyList<Refusal> Refusals,
    bool IsAlone)
{
    /// <summary>Name of the part's shard in a job.</summary>
    public string ShardName => MessageDigest.Of(Message.Body)
        + (Part == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"-{Part}"));

    /// <summary>True if an earlier try may have answered a part of the request.</summary>
    public bool IsRetry => Message.Tries > 1;

    /// <summary>Returns the requests of a message, with each archive in its own.</summary>
    public static IEnumerable<MessagePart> Split(ParsedMessage parsed, IncomingMessage message, int index)
    {
        var requests = parsed.Requests.SelectMany(request => request.SplitArchives()).ToList();
        return requests.Select((request, part) => new MessagePart(
            message.Tries > 1 ? request with { SkipLabeled = true } : request,
            message,
            index,
            part,
            part == 0 ? parsed.Refusals : [],
            requests.Count == 1));
    }
}
