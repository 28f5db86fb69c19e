using ServerlessMme.Core.Models;

namespace ServerlessMme.Core.Labels;

/// <summary>Reads stored labels and the lines of archives. Thread-safe.</summary>
public interface ILabelReader
{
    /// <summary>
    /// Opens a blob of the model's label container. Returns null if it doesn't exist. The caller must dispose it.
    /// </summary>
    /// <param name="name">The blob's name, as a listing of labels shows it.</param>
    Task<Stream?> OpenAsync(ModelName model, string name, CancellationToken cancellationToken);
}
