




using ServerlessMme.Core.Models;
using ServerlessMme.Core.Names;
using ServerlessMme.Storage.Jobs;
using ServerlessMme.Storage.Reconcile;

namespace ServerlessMme.Storage.Rescore;

/// <summary>Has a model's labels made anew, as a job that notes which answers became what. Thread-safe.</summary>
public sealed class Rescorer(StaleImages stale, JobSender sender)
{
    /// <summary>How many images a job would ask for. Asks for nothing.</summary>
    public async Task<long> CountAsync(
        ModelDescriptor model, bool changedOnly, CancellationToken cancellationToken) =>
        await Images(model, changedOnly, cancellationToken).LongCountAsync(cancellationToken);

    /// <summary>Creates the job's record. Null when a job of that name has been created already.</summary>
    /// <param name="id">Null takes a new name.</param>
    /// <param name="changedOnly">True asks only for images whose label is missing or not of the newest version.</param>
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
    /// <param name="model">As it is published now.</param>
    public Task<Job> SendAsync(Job job, ModelDescriptor model, CancellationToken cancellationToken) =>
        sender.SendAsync(
            job, model.Version, Images(model, job.Asked.ChangedOnly == true, cancellationToken), cancellationToken);

    private IAsyncEnumerable<string> Images(
        ModelDescriptor model, bool changedOnly, CancellationToken cancellationToken) =>
        (changedOnly
            ? stale.FindAsync(model.Name, model.Version, cancellationToken)
            : stale.ListImagesAsync(model.Name, cancellationToken))
        .Select(image => image.Name).Where(name => ImageName.Check(name) is null);
}
