using Microsoft.Extensions.Logging;
using ServerlessMme.Core.Archives;
using ServerlessMme.Core.Pipeline;
using ServerlessMme.Core.Requests;
using ServerlessMme.Storage.Queues;

namespace ServerlessMme.Storage.Archives;

/// <summary>Answers requests for archives, a time slice at a time. Thread-safe.</summary>
public sealed class ArchiveMessages(
    BatchClassifier classifier, ArchiveRuns archives, BatchSender sender, ILogger<ArchiveMessages> logger)
{
    /// <summary>Answers an archive, or part of it and asks for the rest with a message of its own.</summary>
    /// <exception cref="ArchiveTakenException">Another worker was first.</exception>
    public async Task<ArchiveResult> RunAsync(ClassifyRequest request, CancellationToken cancellationToken)
    {
        var result = await classifier.RunAsync(request, archives, cancellationToken);
        // A new message, so that tries are counted anew: nothing has failed.
        if (result.State == ArchiveState.Paused)
        {
            await sender.SendAsync(
                request.Model, [request.Archive!], request.Version, request.Job, cancellationToken);
        }

        logger.LogInformation(
            "{Model}: {Archive} is {State}: {Done} entries labelled, {Refused} refused",
            request.Model, request.Archive, result.State, result.Counts.Done, result.Counts.Refused);
        return result;
    }
}
