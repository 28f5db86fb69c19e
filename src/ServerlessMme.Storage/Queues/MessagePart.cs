using System.Globalization;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Names;
using ServerlessMme.Core.Requests;
using ServerlessMme.Storage.Jobs;

namespace ServerlessMme.Storage.Queues;

/// <summary>One thing that a message asks for: some images of one model, those with a prefix, or an archive.</summary>
/// <param name="Index">The message's place in its group.</param>
/// <param name="Part">The request's place in the message.</param>
/// <param name="Refusals">What else the message names, and cannot be asked for; the first part has them.</param>
/// <param name="IsAlone">True when the message asks for nothing else.</param>
internal sealed record MessagePart(
    ClassifyRequest Request,
    IncomingMessage Message,
    int Index,
    int Part,
    IReadOnlyList<Refusal> Refusals,
    bool IsAlone)
{
    /// <summary>What the job's shard of it is called.</summary>
    public string ShardName => MessageDigest.Of(Message.Body)
        + (Part == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"-{Part}"));

    /// <summary>True when an earlier try may have done some of it.</summary>
    public bool IsRetry => Message.Tries > 1;

    /// <summary>All that a message asks for.</summary>
    public static IEnumerable<MessagePart> Split(ParsedMessage parsed, IncomingMessage message, int place)
    {
        var requests = parsed.Requests.SelectMany(SplitArchives).ToList();
        return requests.Select((request, part) => new MessagePart(
            message.Tries > 1 ? request with { SkipLabelled = true } : request,
            message,
            place,
            part,
            part == 0 ? parsed.Refusals : [],
            requests.Count == 1));
    }

    public JobShard ShardOf(JobRecorder run) =>
        run.ShardOf(Request.Images, [.. Refusals.Select(refusal => RefusedImage.Of("", refusal))]);

    /// <summary>Each archive on its own. This is the one place where a drop's name decides how it is read.</summary>
    private static IEnumerable<ClassifyRequest> SplitArchives(ClassifyRequest request)
    {
        var images = request.Images.Where(image => !ArchiveName.IsArchive(image)).ToList();
        if (images.Count > 0 || request.Prefix is not null)
        {
            yield return request with { Images = images };
        }

        foreach (var archive in request.Images.Where(ArchiveName.IsArchive))
        {
            yield return request with { Images = [archive], Archive = archive };
        }
    }
}
