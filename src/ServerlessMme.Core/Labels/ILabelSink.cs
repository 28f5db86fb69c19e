using ServerlessMme.Core.Models;

namespace ServerlessMme.Core.Labels;

/// <summary>Writes labels to the model's container or to standard output. Thread-safe.</summary>
public interface ILabelSink
{
    /// <summary>Returns the stamp of an image's stored label, or null if the image has none.</summary>
    Task<LabelStamp?> FindAsync(ModelName model, string image, CancellationToken cancellationToken);

    /// <summary>
    /// Opens an image's stored label. Returns null if the sink has none for the image. The caller must dispose it.
    /// </summary>
    Task<Stream?> OpenAsync(ModelName model, string image, CancellationToken cancellationToken) =>
        Task.FromResult<Stream?>(null);

    /// <summary>
    /// Stores a label, replacing the previous one. A refusal without a model never replaces an answer, because removing
    /// a model must keep its labels.
    /// </summary>
    /// <returns>The stamp of the answer that was kept; null if the label was stored.</returns>
    /// <exception cref="NoSuchModelException">The model has no containers, and nothing is published.</exception>
    Task<LabelStamp?> WriteAsync(ModelName model, Label label, CancellationToken cancellationToken);
}
