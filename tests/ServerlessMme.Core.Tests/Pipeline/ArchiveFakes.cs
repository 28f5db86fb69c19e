using System.Text;
using ServerlessMme.Core.Archives;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Models;

namespace ServerlessMme.Core.Tests.Pipeline;

/// <summary>Archives and their answers in memory.</summary>
internal sealed class FakeArchiveStore : IArchiveStore
{
    public Dictionary<string, byte[]> Archives { get; } = [];

    /// <summary>Lines kept so far, of finished and unfinished archives.</summary>
    public MemoryStream Kept { get; private set; } = new();

    public string? Summary { get; private set; }

    public int Keeps { get; private set; }

    /// <summary>Called before lines are kept; may throw.</summary>
    public Action<int> BeforeKeep { get; set; } = _ => { };

    public IReadOnlyList<string> Lines =>
        Encoding.UTF8.GetString(Kept.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public async Task<IArchiveWork?> OpenAsync(
        ModelName model, string archive, string version, CancellationToken cancellationToken)
    {
        var tally = await ArchiveTally.ReadAsync(new MemoryStream(Kept.ToArray()), cancellationToken);
        return Summary is not null ? null : new Work(this, archive, tally);
    }

    private sealed class Work(FakeArchiveStore store, string archive, ArchiveTally kept) : IArchiveWork
    {
        private readonly byte[]? _bytes = store.Archives.GetValueOrDefault(archive);

        public ImageReference Archive => new("images-m", archive, _bytes is null ? null : "0x1", _bytes?.Length ?? 0);

        public Stream Content => _bytes is null ? Stream.Null : new MemoryStream(_bytes);

        public Refusal? Refusal => _bytes is null ? new Refusal(ErrorCode.ImageNotFound, "Gone.") : null;

        public ArchiveTally Kept => kept;

        public Task KeepAsync(ReadOnlyMemory<byte> lines, CancellationToken cancellationToken)
        {
            store.BeforeKeep(++store.Keeps);
            store.Kept.Write(lines.Span);
            return Task.CompletedTask;
        }

        public Task CompleteAsync(
            ReadOnlyMemory<byte> lines, ReadOnlyMemory<byte> summary, CancellationToken cancellationToken)
        {
            store.Kept.Write(lines.Span);
            store.Summary = Encoding.UTF8.GetString(summary.Span);
            return Task.CompletedTask;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
