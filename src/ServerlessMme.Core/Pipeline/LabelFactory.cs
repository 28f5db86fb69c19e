




using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models.Cache;
using ServerlessMme.Core.Requests;

namespace ServerlessMme.Core.Pipeline;

/// <summary>Makes the labels of one batch. Thread-safe.</summary>
internal sealed class LabelFactory(ClassifyRequest request, AcquiredModel acquired, TimeProvider time)
{
    /// <summary>What answers.</summary>
    public AnsweringModel Model { get; } = acquired.Lease?.Model is { } model
        ? new AnsweringModel(
            request.Model.Value,
            model.Descriptor.Version,
            model.Digest,
            model.Backend.Type,
            model.Descriptor.Name == request.Model ? null : model.Descriptor.Name.Value)
        : new AnsweringModel(request.Model.Value, acquired.Version, null, null);

    /// <summary>The version that a current label was made by.</summary>
    public string Version => acquired.Version ?? LabelStamp.NoModel;

    /// <summary>Why no image of the batch can be scored; null when a model is leased.</summary>
    public Refusal? ModelRefusal => acquired.Refusal;

    public Label Refuse(ImageReference image, Refusal refusal) => new(image, Model, [], refusal, time.GetUtcNow());

    /// <param name="scores">One score a label of the manifest.</param>
    public Label Answer(ImageReference image, float[] scores)
    {
        var manifest = acquired.Lease!.Model.Manifest;
        var top = TopClasses.Of(scores, manifest.Labels, request.Top ?? manifest.Top);
        return new Label(image, Model, top, null, time.GetUtcNow());
    }
}
