using System.Collections.Concurrent;
using System.Text.Json;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Requests;
using ServerlessMme.Core.Tests.Jobs;
using ServerlessMme.Testing.Emulation;

namespace ServerlessMme.Core.Tests.Processing;

[Collection("classify queue")]
public sealed class SameImagesTests(AzuriteFixture azurite)
{
    [Fact(Timeout = 60_000)]
    public async Task Images_that_a_job_and_a_sweep_request_at_once_are_labeled_once()
    {
        var images = Enumerable.Range(0, 100).Select(i => $"{i}.jpg").ToArray();
        var model = $"m{Guid.NewGuid():N}";
        var sweep = JsonSerializer.SerializeToUtf8Bytes(new { model, images, version = "none" });
        var job = JsonSerializer.SerializeToUtf8Bytes(
            new { model, images, job = $"20261122-231500-{model}-4f1a", version = "none" });
        using var classifier = new ClassifierWithoutModels(azurite.Account);
        var labels = new MemoryLabels();
        var processor = Processors.Create(
            azurite.Account, classifier.Classifier, new MissingImages(), labels, Processors.Poison(azurite.Account),
            new Ledger(azurite.Account, labels).Messages);

        var failures = await processor.ProcessAsync(
            [new IncomingMessage(sweep, Tries: 1), new IncomingMessage(job, Tries: 1)],
            TestContext.Current.CancellationToken);

        Assert.All(failures, Assert.Null);
        Assert.Equal(images.Length, labels.Stored.Count);
        Assert.Equal(images.Length, labels.Written);
    }

    /// <summary>Refuses images, as an image without a current label would be scored.</summary>
    private sealed class MissingImages : IImageSource
    {
        public IAsyncEnumerable<string> ListAsync(
            ModelName model, string prefix, CancellationToken cancellationToken) => AsyncEnumerable.Empty<string>();

        public async Task<FetchedImage> FetchAsync(
            ModelName model, string image, string? unlessETag, CancellationToken cancellationToken)
        {
            await Task.Yield();
            var reference = new ImageReference(model.ImagesContainer, image, "etag", 1);
            return unlessETag == "etag"
                ? new FetchedImage(reference, null, null)
                : new FetchedImage(reference, null, new Refusal(ErrorCode.ImageNotFound, "It is gone."));
        }
    }

    private sealed class MemoryLabels : ILabelSink
    {
        private int _written;

        public ConcurrentDictionary<string, LabelStamp> Stored { get; } = new();

        public int Written => _written;

        public async Task<LabelStamp?> FindAsync(ModelName model, string image, CancellationToken cancellationToken)
        {
            await Task.Yield();
            return Stored.GetValueOrDefault(image);
        }

        public async Task<LabelStamp?> WriteAsync(ModelName model, Label label, CancellationToken cancellationToken)
        {
            await Task.Yield();
            Interlocked.Increment(ref _written);
            Stored[label.Image.Name] = new LabelStamp(label.Image.ETag, label.Model.Version ?? LabelStamp.NoModel);
            return null;
        }
    }
}
