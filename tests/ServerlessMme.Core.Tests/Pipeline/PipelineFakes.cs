using System.Buffers;
using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text;
using ServerlessMme.Core.Backends;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Manifests;

namespace ServerlessMme.Core.Tests.Pipeline;

/// <summary>Models in memory; each has the labels a and b, and a tensor of one byte.</summary>
internal sealed class FakeCatalog : IModelCatalog
{
    public ConcurrentDictionary<string, string> Versions { get; } = new();

    public async IAsyncEnumerable<ModelDescriptor> ListAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var name in Versions.Keys.Order())
        {
            yield return (await FindAsync(ModelName.Parse(name).Value, cancellationToken))!;
        }
    }

    public Task<ModelDescriptor?> FindAsync(ModelName name, CancellationToken cancellationToken) => Task.FromResult(
        Versions.TryGetValue(name.Value, out var version) ? new ModelDescriptor(name, version, 1) : null);

    public async Task<Outcome<ModelFiles>> FetchAsync(ModelDescriptor descriptor, CancellationToken cancellationToken)
    {
        var path = Path.GetTempFileName();
        await File.WriteAllTextAsync(
            path,
            """{"labels":["a","b"],"input":{"width":1,"height":1,"channels":"grey","type":"uint8"},"top":1}""",
            cancellationToken);
        return new ModelFiles(path, path, $"sha256:{descriptor.Version}");
    }
}

/// <summary>Scores a byte: b when it is odd. Refuses 13, throws on 99.</summary>
internal sealed class FakeBackend(ConcurrentBag<int> batchSizes, int runBytesPerImage, Action disposed) : IBackend
{
    private bool _isDisposed;

    public string Type => "onnx";

    public bool TakesTensors => true;

    public int MaxBatch => 4;

    public long PrivateBytes => 1;

    public long RunBytes(int images) => images * (long)runBytesPerImage;

    public ValueTask<IReadOnlyList<Outcome<float[]>>> ScoreAsync(ImageBatch batch, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        batchSizes.Add(batch.Images.Count);
        var outcomes = new List<Outcome<float[]>>();
        for (var i = 0; i < batch.Images.Count; i++)
        {
            var value = batch.Tensors!.Row(i)[0];
            if (value == 99)
            {
                throw new IOException("The endpoint is gone.");
            }

            outcomes.Add(value == 13
                ? new Refusal(ErrorCode.InferenceFailed, "Thirteen.")
                : value % 2 == 1 ? new[] { 0f, 1f } : new[] { 1f, 0f });
        }

        return new ValueTask<IReadOnlyList<Outcome<float[]>>>(outcomes);
    }

    public void Dispose()
    {
        _isDisposed = true;
        disposed();
    }
}

/// <summary>Makes fake backends, and notes the sizes of their batches.</summary>
internal sealed class FakeBackendFactory : IBackendFactory
{
    public int Disposed;

    public ConcurrentBag<int> BatchSizes { get; } = [];

    public int RunBytesPerImage { get; set; }

    public string Type => "onnx";

    public Task<Outcome<IBackend>> CreateAsync(ModelDescriptor descriptor, ModelFiles files, Manifest manifest,
        LoadAllowance allowance, CancellationToken cancellationToken) =>
        Task.FromResult<Outcome<IBackend>>(
            new FakeBackend(BatchSizes, RunBytesPerImage, () => Interlocked.Increment(ref Disposed)));
}

/// <summary>An image is the text of a number, and its tensor the number.</summary>
internal sealed class FakePreprocessor : IImagePreprocessor
{
    public ValueTask<Refusal?> FillAsync(
        EncodedImage image, InputSpec input, TensorBatch tensors, int row, CancellationToken cancellationToken) =>
        new(byte.TryParse(image.Bytes.Span, out tensors.Row(row)[0])
            ? null
            : new Refusal(ErrorCode.NotAnImage, $"'{image.Reference.Name}' is no number."));
}

/// <summary>Images in memory, each with its text as ETag.</summary>
internal sealed class FakeSource : IImageSource
{
    public Dictionary<string, string> Images { get; } = [];

    public int Reads;

    public async IAsyncEnumerable<string> ListAsync(
        ModelName model, string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var name in Images.Keys.Where(name => name.StartsWith(prefix, StringComparison.Ordinal)))
        {
            yield return name;
        }

        await Task.CompletedTask;
    }

    public Task<FetchedImage> FetchAsync(
        ModelName model, string image, string? unlessETag, CancellationToken cancellationToken)
    {
        if (!Images.TryGetValue(image, out var text))
        {
            return Task.FromResult(new FetchedImage(
                new ImageReference("c", image, null, 0), null, new Refusal(ErrorCode.ImageNotFound, "Gone.")));
        }

        var reference = new ImageReference("c", image, text, text.Length);
        if (unlessETag == text)
        {
            return Task.FromResult(new FetchedImage(reference, null, null));
        }

        Interlocked.Increment(ref Reads);
        var rented = ArrayPool<byte>.Shared.Rent(text.Length);
        Encoding.UTF8.GetBytes(text, rented);
        return Task.FromResult(new FetchedImage(reference, new EncodedImage(reference, rented, text.Length), null));
    }
}

/// <summary>Labels in memory.</summary>
internal sealed class FakeSink : ILabelSink
{
    public ConcurrentDictionary<string, Label> Labels { get; } = new();

    public Exception? Failure { get; set; }

    public Task<LabelStamp?> FindAsync(ModelName model, string image, CancellationToken cancellationToken) =>
        Task.FromResult(Labels.TryGetValue(image, out var label)
            ? new LabelStamp(label.Image.ETag, label.Model.Version ?? LabelStamp.NoModel)
            : null);

    public Task<LabelStamp?> WriteAsync(ModelName model, Label label, CancellationToken cancellationToken)
    {
        if (Failure is not null)
        {
            throw Failure;
        }

        if (label.LacksModel && Labels.TryGetValue(label.Image.Name, out var existing) && existing.Error is null)
        {
            return Task.FromResult<LabelStamp?>(new LabelStamp(existing.Image.ETag, existing.Model.Version));
        }

        Labels[label.Image.Name] = label;
        return Task.FromResult<LabelStamp?>(null);
    }
}
