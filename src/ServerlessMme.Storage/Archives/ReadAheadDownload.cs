using System.IO.Pipelines;
using Azure.Storage.Blobs.Models;

namespace ServerlessMme.Storage.Archives;

/// <summary>
/// A download that runs about 4 MiB ahead of its reader. One request fetches the whole archive; if the connection
/// breaks, the SDK resumes where it stopped. Not thread-safe.
/// </summary>
internal sealed class ReadAheadDownload : IAsyncDisposable
{
    private const int Ahead = 4 << 20;
    private const int ReadAtOnce = 64 << 10;

    private readonly Pipe _pipe = new(new PipeOptions(
        pauseWriterThreshold: Ahead, resumeWriterThreshold: Ahead / 2, minimumSegmentSize: ReadAtOnce,
        useSynchronizationContext: false));

    private readonly BlobDownloadStreamingResult _download;
    private readonly CancellationTokenSource _stop;
    private readonly Task _pumping;

    public ReadAheadDownload(BlobDownloadStreamingResult download, CancellationToken cancellationToken)
    {
        _download = download;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Stream = _pipe.Reader.AsStream();
        _pumping = Task.Run(PumpAsync, CancellationToken.None);
    }

    /// <summary>The archive's bytes. Reading throws the download's exceptions too.</summary>
    public Stream Stream { get; }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Stream.DisposeAsync();
        await _pumping.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _download.Dispose();
        _stop.Dispose();
    }

    private async Task PumpAsync()
    {
        try
        {
            while (true)
            {
                var memory = _pipe.Writer.GetMemory(ReadAtOnce);
                var count = await _download.Content.ReadAsync(memory, _stop.Token);
                _pipe.Writer.Advance(count);
                var flushed = await _pipe.Writer.FlushAsync(_stop.Token);
                if (count == 0 || flushed.IsCompleted)
                {
                    break;
                }
            }

            await _pipe.Writer.CompleteAsync();
        }
        catch (Exception exception)
        {
            await _pipe.Writer.CompleteAsync(exception);
        }
    }
}
