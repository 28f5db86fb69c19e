using System.Runtime.ExceptionServices;
using System.Threading.Channels;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Tracing;

namespace ServerlessMme.Core.Pipeline;

/// <summary>
/// Connects fetching, scoring and writing of one batch by bounded channels, and stops all of them if one fails. One per
/// batch.
/// </summary>
internal sealed class BatchFlow : IAsyncDisposable
{
    // Only small batches record a span per storage request. Hundreds of spans add cost but no insight.
    private const int DetailedImages = 8;

    /// <summary>Number of labels that may wait per label being written.</summary>
    internal const int LabelsPerTransfer = 4;

    private readonly PipelineOptions _options;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stop;
    private readonly Channel<EncodedImage> _images;
    private readonly Channel<Label> _labels;
    private readonly int _labelsInFlight;
    private ExceptionDispatchInfo? _failure;
    private int _fetched;
    private int _written;
    private int _done;
    private int _refused;
    private int _skipped;

    /// <param name="labelsInFlight">Number of labels that may wait to be written; null for the default.</param>
    public BatchFlow(
        PipelineOptions options, int? labelsInFlight, TimeProvider time, CancellationToken cancellationToken)
    {
        _options = options;
        _time = time;
        _labelsInFlight = labelsInFlight ?? options.Transfers * LabelsPerTransfer;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _images = Channel.CreateBounded<EncodedImage>(options.Transfers);
        _labels = Channel.CreateBounded<Label>(_labelsInFlight);
    }

    /// <summary>Signaled when the batch is canceled or one of its parts fails.</summary>
    public CancellationToken Stopping => _stop.Token;

    public Task FetchAsync(
        IEnumerable<string> names,
        Func<string, CancellationToken, Task<FetchedImage>> fetch,
        LabelFactory labelFactory) =>
        GuardAsync(
            () => Spans.RunAsync("fetch", () => Parallel.ForEachAsync(
                names, Parallelism(_options.Transfers), async (name, stopping) =>
                {
                    LimitDetail(ref _fetched);
                    await PassOnAsync(await fetch(name, stopping), labelFactory, stopping);
                })),
            () => _images.Writer.TryComplete());

    /// <summary>Takes images from a sequence, one at a time.</summary>
    public Task FetchAsync(IAsyncEnumerable<FetchedImage> images, LabelFactory labelFactory) =>
        GuardAsync(
            () => Spans.RunAsync("fetch", () => Task.Run(async () =>
            {
                await foreach (var fetched in images.WithCancellation(Stopping))
                {
                    await PassOnAsync(fetched, labelFactory, Stopping);
                }
            })),
            () => _images.Writer.TryComplete());

    public Task ScoreAsync(IImageBatcher batcher) =>
        Task.WhenAll(Enumerable.Range(0, batcher.MaxParallel ?? _options.Workers).Select(_ => Task.Run(
            () => GuardAsync(() => ScoreLoopAsync(batcher), () => { }))));

    /// <param name="write">Writes a label. Returns false if the image keeps its previous label.</param>
    /// <param name="transfers">Labels written in parallel; null for the configured number.</param>
    public Task WriteAsync(Func<Label, CancellationToken, Task<bool>> write, int? transfers = null) =>
        GuardAsync(
            async () =>
            {
                // The span begins with the first label, not with the wait for it.
                if (await _labels.Reader.WaitToReadAsync(Stopping))
                {
                    await Spans.RunAsync("write", () => WriteAllAsync(
                        write, transfers ?? Math.Min(_options.Transfers, _labelsInFlight)));
                }
            },
            () => { });

    /// <summary>Waits for all parts. Throws the first failure.</summary>
    public async Task<BatchCounts> CompleteAsync(Task fetching, Task scoring, Task writing)
    {
        var feeding = GuardAsync(() => Task.WhenAll(fetching, scoring), () => _labels.Writer.TryComplete());
        await Task.WhenAll(feeding, writing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _failure?.Throw();
        return new BatchCounts(_done, _refused, _skipped);
    }

    public ValueTask DisposeAsync()
    {
        while (_images.Reader.TryRead(out var image))
        {
            image.Dispose();
        }

        _stop.Dispose();
        return ValueTask.CompletedTask;
    }

    private Task WriteAllAsync(Func<Label, CancellationToken, Task<bool>> write, int transfers) =>
        Parallel.ForEachAsync(
            _labels.Reader.ReadAllAsync(Stopping), Parallelism(transfers), async (label, stopping) =>
            {
                LimitDetail(ref _written);
                if (!await write(label, stopping))
                {
                    Interlocked.Increment(ref _skipped);
                }
                else
                {
                    Interlocked.Increment(ref label.Error is null ? ref _done : ref _refused);
                }
            });

    private static void LimitDetail(ref int images)
    {
        if (Interlocked.Increment(ref images) > DetailedImages && Spans.Current is not null)
        {
            Spans.EnterBackground();
        }
    }

    private async Task PassOnAsync(FetchedImage fetched, LabelFactory labelFactory, CancellationToken stopping)
    {
        if (fetched.Image is { } image)
        {
            try
            {
                await _images.Writer.WriteAsync(image, stopping);
            }
            catch
            {
                image.Dispose();
                throw;
            }
        }
        else if (fetched.Refusal is { } refusal)
        {
            await _labels.Writer.WriteAsync(labelFactory.Refuse(fetched.Reference, refusal), stopping);
        }
        else
        {
            Interlocked.Increment(ref _skipped);
        }
    }

    private async Task ScoreLoopAsync(IImageBatcher batcher)
    {
        var images = new List<EncodedImage>();
        while (await _images.Reader.WaitToReadAsync(Stopping))
        {
            images.Clear();
            await TakeAsync(batcher, images);
            if (images.Count == 0)
            {
                continue;
            }

            foreach (var label in await batcher.ClassifyAsync(images, Stopping))
            {
                await _labels.Writer.WriteAsync(label, Stopping);
            }
        }
    }

    private async Task TakeAsync(IImageBatcher batcher, List<EncodedImage> images)
    {
        Task? enough = null;
        while (!batcher.IsFull(images))
        {
            if (_images.Reader.TryRead(out var image))
            {
                images.Add(image);
                continue;
            }

            if (images.Count == 0 || batcher.Patience == TimeSpan.Zero)
            {
                return;
            }

            // Don't wait long: images hold memory that the next ones may be waiting for.
            enough ??= Task.Delay(batcher.Patience, _time, Stopping);
            var more = _images.Reader.WaitToReadAsync(Stopping).AsTask();
            if (await Task.WhenAny(more, enough) != more || !await more)
            {
                return;
            }
        }
    }

    private async Task GuardAsync(Func<Task> part, Action finish)
    {
        try
        {
            await part();
        }
        catch (Exception exception)
        {
            // Only the first failure is a cause. The others result from the cancellation below.
            Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(exception), null);
            await _stop.CancelAsync();
            throw;
        }
        finally
        {
            finish();
        }
    }

    private ParallelOptions Parallelism(int count) =>
        new() { MaxDegreeOfParallelism = count, CancellationToken = Stopping };
}
