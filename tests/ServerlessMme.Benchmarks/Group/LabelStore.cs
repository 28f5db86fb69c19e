using System.Collections.Concurrent;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models;

namespace ServerlessMme.Benchmarks.Group;

/// <summary>Labels in memory. Thread-safe.</summary>
internal sealed class LabelStore : ILabelSink
{
    private readonly ConcurrentDictionary<(ModelName Model, string Image), (LabelStamp Stamp, byte[] Json)>
        _labels = new();

    /// <summary>The labels of a model or group by image.</summary>
    public IReadOnlyDictionary<string, byte[]> Of(ModelName model) => _labels
        .Where(label => label.Key.Model == model)
        .ToDictionary(label => label.Key.Image, label => label.Value.Json);

    public Task<LabelStamp?> FindAsync(ModelName model, string image, CancellationToken cancellationToken) =>
        Task.FromResult(_labels.TryGetValue((model, image), out var label) ? label.Stamp : null);

    public Task<LabelStamp?> WriteAsync(ModelName model, Label label, CancellationToken cancellationToken)
    {
        if (label.Error is { } error)
        {
            throw new InvalidOperationException(error.Message);
        }

        var stamp = new LabelStamp(label.Image.ETag, label.Model.Version) { Answer = label.Answer };
        _labels[(model, label.Image.Name)] = (stamp, LabelJson.Write(label));
        return Task.FromResult<LabelStamp?>(null);
    }

    public Task<Stream?> OpenAsync(ModelName model, string image, CancellationToken cancellationToken) =>
        Task.FromResult<Stream?>(
            _labels.TryGetValue((model, image), out var label) ? new MemoryStream(label.Json, writable: false) : null);
}
