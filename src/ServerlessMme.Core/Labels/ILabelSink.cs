using ServerlessMme.Core.Models;

namespace ServerlessMme.Core.Labels;

/// <summary>Writes labels to the model's container or to standard output. Thread-safe.</summary>
public interface ILabelSink
{
    /// <summary>The stamp of an image's stored label; null when there is none.</summary>
    Task<LabelStamp?> FindAsync(ModelName model, string image, CancellationToken cancellationToken);

    /// <summary>Stores a label, replacing the previous one.</summary>
    Task WriteAsync(ModelName model, Label label, CancellationToken cancellationToken);
}
