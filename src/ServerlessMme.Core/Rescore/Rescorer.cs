using ServerlessMme.Core.Jobs;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Names;
using ServerlessMme.Core.Reconcile;

namespace ServerlessMme.Core.Rescore;

/// <summary>Scores a model's images again, as a job that records how the answers changed. Thread-safe.</summary>
public sealed class Rescorer(IDropListing drops, StaleImages stale, JobSender sender)
{
    /// <summary>The number of images that a job would request. Requests nothing.</summary>
    public async Task<long> CountAsync(
        ModelDescriptor model, bool changedOnly, CancellationToken cancellationToken) =>
        await Images(model, changedOnly, cancellationToken).LongCountAsync(cancellationToken);

    /// <summary>Creates the job's record. Null when a job of that name exists already.</summary>
    /// <param name="id">Null creates a new name.</param>
    /// <param name="changedOnly">True requests only images without a current label.</param>
    public Task<Job?> StartAsync(
        JobId? id,
        ModelName model,
        bool changedOnly,
        string by,
        string? schedule,
        int errorThreshold,
        CancellationToken cancellationToken) =>
        sender.StartAsync(
            id,
            new NewJob(
                JobKind.Rescore,
                model,
                new JobAsked(ChangedOnly: changedOnly, Schedule: schedule),
                by,
                errorThreshold),
            cancellationToken);

    /// <summary>Sends the job's messages.</summary>
    /// <param name="model">The version published now.</param>
    public Task<Job> SendAsync(Job job, ModelDescriptor model, CancellationToken cancellationToken) =>
        sender.SendAsync(
            job, model.Version, Images(model, job.Asked.ChangedOnly == true, cancellationToken), cancellationToken);

    private IAsyncEnumerable<string> Images(
        ModelDescriptor model, bool changedOnly, CancellationToken cancellationToken) =>
        (changedOnly
            ? stale.FindAsync(model.Name, model.Version, cancellationToken)
            : drops.ListImagesAsync(model.Name, cancellationToken))
        .Select(image => image.Name).Where(name => ImageName.Check(name) is null);
}
