using System.Buffers;
using System.Diagnostics.Metrics;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models;

namespace ServerlessMme.Benchmarks;

/// <summary>Images in memory, each under its number as its name. Thread-safe.</summary>
internal sealed class MemorySource(byte[][] images) : IImageSource
{
    public IAsyncEnumerable<string> ListAsync(ModelName model, string prefix, CancellationToken cancellationToken) =>
        throw new NotSupportedException("The benchmark names its images.");

    public Task<FetchedImage> FetchAsync(
        ModelName model, string image, string? unlessETag, CancellationToken cancellationToken)
    {
        var bytes = images[int.Parse(image, System.Globalization.CultureInfo.InvariantCulture) % images.Length];
        // Copied, as a download would be.
        var rented = ArrayPool<byte>.Shared.Rent(bytes.Length);
        bytes.CopyTo(rented, 0);
        var reference = new ImageReference("images-cifar10", image, "0x1", bytes.Length);
        return Task.FromResult(new FetchedImage(reference, new EncodedImage(reference, rented, bytes.Length), null));
    }
}

/// <summary>Takes labels and counts those with an answer. Thread-safe.</summary>
internal sealed class CountingSink : ILabelSink
{
    private int _answers;

    public int Answers => _answers;

    public Task<LabelStamp?> FindAsync(ModelName model, string image, CancellationToken cancellationToken) =>
        Task.FromResult<LabelStamp?>(null);

    public Task<LabelStamp?> WriteAsync(ModelName model, Label label, CancellationToken cancellationToken)
    {
        // Written as JSON, as every sink does.
        if (label.Error is null && LabelJson.Write(label).Length > 0)
        {
            Interlocked.Increment(ref _answers);
        }

        return Task.FromResult<LabelStamp?>(null);
    }
}

/// <summary>Meters that nobody reads.</summary>
internal sealed class Meters : IMeterFactory
{
    private readonly List<Meter> _meters = [];

    public Meter Create(MeterOptions options)
    {
        var meter = new Meter(options);
        _meters.Add(meter);
        return meter;
    }

    public void Dispose() => _meters.ForEach(meter => meter.Dispose());
}
