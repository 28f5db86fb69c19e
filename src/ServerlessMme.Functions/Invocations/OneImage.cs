using System.Runtime.CompilerServices;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models;

namespace ServerlessMme.Functions.Invocations;

/// <summary>A body as the only image of a batch, and its label kept instead of stored. One per call.</summary>
internal sealed class OneImage(EncodedImage image) : IImageSource, ILabelSink
{
    /// <summary>The label; null until it is made.</summary>
    public Label? Label { get; private set; }

    public async IAsyncEnumerable<string> ListAsync(
        ModelName model, string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        yield return image.Reference.Name;
    }

    public Task<FetchedImage> FetchAsync(
        ModelName model, string name, string? unlessETag, CancellationToken cancellationToken) =>
        Task.FromResult(new FetchedImage(image.Reference, image, null));

    public Task<LabelStamp?> FindAsync(ModelName model, string name, CancellationToken cancellationToken) =>
        Task.FromResult<LabelStamp?>(null);

    public Task WriteAsync(ModelName model, Label label, CancellationToken cancellationToken)
    {
        Label = label;
        return Task.CompletedTask;
    }
}
