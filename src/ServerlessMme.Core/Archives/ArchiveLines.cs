using ServerlessMme.Core.Labels;

namespace ServerlessMme.Core.Archives;

/// <summary>
/// Puts an archive's labels into the archive's order, whatever order they come in, and keeps the lines some at a time.
/// Labels are added from one place; <see cref="ReserveAsync"/> is called from another.
/// </summary>
internal sealed class ArchiveLines(IArchiveWork work, ArchiveOptions options, TimeProvider time)
    : IAsyncDisposable
{
    // Entries under way at once. A slow one holds back no more labels than these.
    private const int Window = 1024;

    private readonly SemaphoreSlim _window = new(Window);
    private readonly Dictionary<long, Label> _early = [];
    private MemoryStream _ready = new();
    private int _readyLines;
    private long _since = time.GetTimestamp();
    private long _next = work.Kept.Lines;
    private Task _keeping = Task.CompletedTask;

    /// <summary>What all lines have in them, those of earlier tries too.</summary>
    public ArchiveTally Tally { get; } = work.Kept;

    /// <summary>Waits until one more entry may be under way.</summary>
    public Task ReserveAsync(CancellationToken cancellationToken) => _window.WaitAsync(cancellationToken);

    public async Task AddAsync(Label label, CancellationToken cancellationToken)
    {
        _early.Add(label.Image.Place, label);
        while (_early.Remove(_next, out var next))
        {
            _ready.Write(LabelJson.Write(next));
            _ready.WriteByte((byte)'\n');
            _readyLines++;
            _next++;
            Tally.Add(next);
            _window.Release();
            if (_readyLines == options.CheckpointLines || time.GetElapsedTime(_since) >= options.CheckpointInterval)
            {
                await KeepAsync(cancellationToken);
            }
        }
    }

    /// <summary>Keeps what is ready, so that a later try goes on from here.</summary>
    public async Task PauseAsync(CancellationToken cancellationToken)
    {
        if (_readyLines > 0)
        {
            await KeepAsync(cancellationToken);
        }

        await _keeping;
    }

    /// <summary>Keeps the last lines, with the summary.</summary>
    public async Task CompleteAsync(byte[] summary, CancellationToken cancellationToken)
    {
        await _keeping;
        await work.CompleteAsync(Ready(), summary, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _keeping.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _window.Dispose();
    }

    // Storage is written while further entries are classified, one write at a time.
    private async Task KeepAsync(CancellationToken cancellationToken)
    {
        await _keeping;
        _keeping = work.KeepAsync(Ready(), cancellationToken);
        _ready = new MemoryStream();
        _readyLines = 0;
        _since = time.GetTimestamp();
    }

    private ReadOnlyMemory<byte> Ready() => _ready.GetBuffer().AsMemory(0, (int)_ready.Length);
}
