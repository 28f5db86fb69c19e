using ServerlessMme.Core.Models;

namespace ServerlessMme.Core.Labels;

/// <summary>Where labels go: the model's container, or standard output. Thread-safe.</summary>
public interface ILabelSink
{
    /// <summary>What the stored label of an image was made from; null when there is none.</summary>
    Task<LabelStamp?> FindAsync(ModelName model, string image, CancellationToken cancellationToken);

    /// <summary>Stores a label, replacing what is there.</summary>
    Task WriteAsync(ModelName model, Label label, CancellationToken cancellationToken);
}
