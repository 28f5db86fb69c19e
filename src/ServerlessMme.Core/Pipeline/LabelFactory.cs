using System.Collections.Concurrent;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models.Cache;
using ServerlessMme.Core.Requests;

namespace ServerlessMme.Core.Pipeline;

/// <summary>Creates the labels of one batch. Thread-safe.</summary>
internal sealed class LabelFactory(ClassifyRequest request, AcquiredModel acquired, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, LabelStamp> _existing = new(StringComparer.Ordinal);

    /// <summary>The model that answers.</summary>
    public AnsweringModel Model { get; } = acquired.Lease?.Model is { } model
        ? new AnsweringModel(
            request.Model.Value,
            model.Descriptor.Version,
            model.Digest,
            model.Backend.Type,
            model.Descriptor.Name == request.Model ? null : model.Descriptor.Name.Value)
        : new AnsweringModel(request.Model.Value, acquired.Version, null, null);

    /// <summary>The model version of a current label.</summary>
    public string Version => acquired.Version ?? LabelStamp.NoModel;

    /// <summary>Why no image of the batch can be scored; null when a model is leased.</summary>
    public Refusal? ModelRefusal => acquired.Refusal;

    /// <summary>
    /// Remembers the label that an image has. Returns the image version that need not be labeled again; null when every
    /// version must be.
    /// </summary>
    /// <param name="existing">The label; null when the image has none or it was not looked up.</param>
    public string? UnlessETag(string image, LabelStamp? existing, IBatchObserver? observer)
    {
        if (existing is null)
        {
            return null;
        }

        _existing[image] = existing;
        return existing.ModelVersion == Version && observer?.Accepts(existing) != false ? existing.ImageETag : null;
    }

    /// <summary>The label that this one replaces; null when none is known for the same bytes.</summary>
    public LabelStamp? ReplacedBy(Label label) => ExistingOf(label.Image);

    public Label Refuse(ImageReference image, Refusal refusal) => Create(image, [], refusal);

    /// <param name="scores">One score per label of the manifest.</param>
    public Label Answer(ImageReference image, float[] scores)
    {
        var manifest = acquired.Lease!.Model.Manifest;
        var top = TopClasses.Of(scores, manifest.Labels, request.Top ?? manifest.Top);
        return Create(image, top, null) with
        {
            Labels = TopClasses.True(scores, manifest),
            IsUnsure = TopClasses.IsUnsure(scores, manifest),
        };
    }

    private Label Create(ImageReference image, IReadOnlyList<ScoredClass> top, Refusal? refusal)
    {
        var existing = ExistingOf(image);
        var isNewVersion = existing?.ModelVersion != (Model.Version ?? LabelStamp.NoModel);
        var previous = isNewVersion ? existing?.Answer : existing?.PreviousAnswer;
        return new Label(image, Model, top, refusal, time.GetUtcNow(), previous);
    }

    // A label for other bytes under the same name says nothing about the model.
    private LabelStamp? ExistingOf(ImageReference image) =>
        _existing.TryGetValue(image.Name, out var existing)
        && existing.ImageETag == (image.ETag ?? LabelStamp.NoImage)
            ? existing
            : null;
}
