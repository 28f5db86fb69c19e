using ServerlessMme.Core.Documents;

namespace ServerlessMme.Core.Jobs;

/// <summary>
/// Logs a job's messages before they are sent, <c>jobs/sending/{id}.json</c>. A later try resends the logged messages
/// with the same texts, so they have the same shards, and continues after them: no image is lost or counted twice.
/// Taking over the log ends every earlier try at its next entry. Not thread-safe; one per try.
/// </summary>
internal sealed class SendingLog
{
    public const string Folder = "sending/";

    private readonly IDocumentStore? _documents;
    private readonly string _name;
    private string? _stored;

    private SendingLog(IDocumentStore? documents, string name, SendingState state, string? stored)
    {
        _documents = documents;
        _name = name;
        State = state;
        _stored = stored;
    }

    /// <summary>This try's progress.</summary>
    public SendingState State { get; private set; }

    /// <summary>Creates a log in memory, for a sender that no other process could resume.</summary>
    public static SendingLog InMemory(string? version) => new(null, "", Begin("", version), null);

    /// <summary>Starts a job's log, or takes it over from an earlier try.</summary>
    /// <param name="version">The model version to request in messages, unless an earlier try has set it.</param>
    public static async Task<SendingLog> TakeAsync(
        IDocumentStore documents, JobId job, string? version, CancellationToken cancellationToken)
    {
        var name = NameOf(job);
        var run = Guid.NewGuid().ToString("N");
        while (true)
        {
            var stored = await documents.ReadAsync(name, cancellationToken);
            var state = stored is null
                ? Begin(run, version)
                : JobJson.ReadSending(stored.Json, name) with { Run = run };
            var condition = stored is null ? WriteCondition.Absent : WriteCondition.Matches(stored.Version);
            if (await documents.WriteAsync(name, Document(state), condition, cancellationToken) is { } written)
            {
                return new SendingLog(documents, name, state, written);
            }
        }
    }

    /// <summary>Logs messages that are about to be sent. Returns false if a later try has taken over.</summary>
    /// <param name="images">The images in these messages, in the order of the listing.</param>
    public Task<bool> NoteAsync(
        IReadOnlyList<string> messages, IReadOnlyList<string> images, CancellationToken cancellationToken) =>
        StoreAsync(
            State with { Messages = messages, Images = images.Count, Last = images[^1] }, cancellationToken);

    /// <summary>Marks the images up to the page's end as logged. The next write stores this.</summary>
    public void MoveTo(SendingPage page) => State = State with { Next = page.Next ?? "", NextLabels = page.NextLabels };

    /// <summary>Marks the logged messages as sent. The next write stores this.</summary>
    public void MarkSent() => State = State with { Sent = State.Sent + State.Images, Messages = [], Images = 0 };

    /// <summary>Stores the progress. Returns false if a later try has taken over.</summary>
    /// <param name="isComplete">True if nothing is left to send.</param>
    public Task<bool> CloseAsync(bool isComplete, CancellationToken cancellationToken) =>
        StoreAsync(State with { IsComplete = isComplete }, cancellationToken);

    internal static string NameOf(JobId job) => $"{Folder}{job}.json";

    private static SendingState Begin(string run, string? version) => new(run, version, 0, [], 0, null, false);

    private static NewDocument Document(SendingState state) => new(JobJson.Write(state));

    private async Task<bool> StoreAsync(SendingState state, CancellationToken cancellationToken)
    {
        State = state;
        if (_documents is null)
        {
            return true;
        }

        var written = await _documents.WriteAsync(
            _name, Document(state), WriteCondition.Matches(_stored!), cancellationToken);
        if (written is null && await _documents.ReadAsync(_name, cancellationToken) is { } stored
            && JobJson.ReadSending(stored.Json, _name).Run == state.Run)
        {
            // The write succeeded, but its response was lost and the client repeated it.
            written = stored.Version;
        }

        _stored = written ?? _stored;
        return written is not null;
    }
}
