using System.Diagnostics.Metrics;
using Microsoft.Extensions.Options;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Cache;
using ServerlessMme.Core.Pipeline;

namespace ServerlessMme.Core.Processing;

/// <summary>Counts labels as they are written, on the application's one meter. Thread-safe.</summary>
public sealed class LabelMetrics(IMeterFactory meters, IOptions<ModelCacheOptions> options)
{
    /// <summary>Counter of labeled images, with the model as a tag.</summary>
    public const string ImagesLabelled = "ImagesLabelled";

    /// <summary>Counter of images whose label is a refusal, with the error code as a tag.</summary>
    public const string ImagesRefused = "ImagesRefused";

    internal const string CodeTag = "code";

    private readonly ModelTags _models = new(options.Value.MaxModelTags);

    private readonly Counter<long> _labeled = meters.Create(ModelMetrics.MeterName).CreateCounter<long>(
        ImagesLabelled, "{image}", "Images that were labeled.");

    private readonly Counter<long> _refused = meters.Create(ModelMetrics.MeterName).CreateCounter<long>(
        ImagesRefused, "{image}", "Images whose label is a refusal.");

    internal void Record(ModelName model, Refusal? refusal)
    {
        if (refusal is null)
        {
            _labeled.Add(1, _models.Of(model));
        }
        else
        {
            _refused.Add(1, new KeyValuePair<string, object?>(CodeTag, refusal.Code.ToString()));
        }
    }
}

/// <summary>Counts the labels of one batch. Thread-safe.</summary>
/// <param name="inner">Observes the batch too; null for none.</param>
internal sealed class CountedLabels(LabelMetrics metrics, ModelName model, IBatchObserver? inner) : IBatchObserver
{
    public bool Accepts(LabelStamp label) => inner?.Accepts(label) != false;

    public void Kept(string image, LabelStamp label) => inner?.Kept(image, label);

    public void Labeled(Label label, LabelStamp? replaced)
    {
        metrics.Record(model, label.Error);
        inner?.Labeled(label, replaced);
    }
}
