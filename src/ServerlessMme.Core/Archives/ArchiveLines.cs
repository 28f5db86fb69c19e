using ServerlessMme.Core.Labels;

namespace ServerlessMme.Core.Archives;

/// <summary>
/// Sorts an archive's labels into the archive's order and stores them as lines, one checkpoint at a time. One caller
/// adds labels while another calls <see cref="ReserveAsync"/>.
/// </summary>
internal sealed class ArchiveLines(IArchiveWork work, ArchiveOptions options, TimeProvider time)
    : IAsyncDisposable
{
    // Maximum number of entries in flight. Bounds the labels that wait for a slow earlier entry.
    private const int Window = 1024;

    // A line with the answers of a group may take megabytes.
    private const int EnoughBytes = 8 << 20;

    private readonly SemaphoreSlim _window = new(Window);
    private readonly Dictionary<long, Label> _early = [];
    private MemoryStream _ready = new();
    private int _readyLines;
    private long _since = time.GetTimestamp();
    private long _next = work.Kept.Lines;
    private Task _keeping = Task.CompletedTask;

    /// <summary>Counts of all lines, including those stored by earlier tries.</summary>
    public ArchiveTally Tally { get; } = work.Kept;

    /// <summary>Waits until one more entry may be in flight.</summary>
    public Task ReserveAsync(CancellationToken cancellationToken) => _window.WaitAsync(cancellationToken);

    public async Task AddAsync(Label label, CancellationToken cancellationToken)
    {
        _early.Add(label.Image.Place, label);
        while (_early.Remove(_next, out var next))
        {
            foreach (var piece in LabelJson.WritePieces(next))
            {
                _ready.Write(piece.Span);
            }

            _ready.WriteByte((byte)'\n');
            _readyLines++;
            _next++;
            Tally.Add(next);
            _window.Release();
            if (_readyLines == options.CheckpointLines
                || _ready.Length >= EnoughBytes
                || time.GetElapsedTime(_since) >= options.CheckpointInterval)
            {
                await KeepAsync(cancellationToken);
            }
        }
    }

    /// <summary>Stores the lines that are ready. A later try continues after them.</summary>
    public async Task PauseAsync(CancellationToken cancellationToken)
    {
        if (_readyLines > 0)
        {
            await KeepAsync(cancellationToken);
        }

        await _keeping;
    }

    /// <summary>Stores the last lines and the summary.</summary>
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

    // Other entries are classified in the meantime, but writes don't overlap.
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
