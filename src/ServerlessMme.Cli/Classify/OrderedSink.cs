using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models;

namespace ServerlessMme.Cli.Classify;

/// <summary>Prints labels in the order of the images, whatever order they arrive in. Thread-safe.</summary>
internal sealed class OrderedSink(IReadOnlyList<LocalImage> images, ILabelWriter writer, Action advance) : ILabelSink
{
    // Files in different folders may have the same name, so each name maps to a queue of positions.
    private readonly Dictionary<string, Queue<int>> _places = images
        .Select((image, place) => (image.Name, place)).GroupBy(item => item.Name)
        .ToDictionary(group => group.Key, group => new Queue<int>(group.Select(item => item.place)));

    private readonly Dictionary<int, Label> _waiting = [];
    private readonly Lock _lock = new();
    private int _next;

    public Task<LabelStamp?> FindAsync(ModelName model, string image, CancellationToken cancellationToken) =>
        Task.FromResult<LabelStamp?>(null);

    public Task<LabelStamp?> WriteAsync(ModelName model, Label label, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _waiting.Add(_places[label.Image.Name].Dequeue(), label);
            while (_waiting.Remove(_next, out var next))
            {
                writer.Write(next);
                _next++;
            }
        }

        advance();
        return Task.FromResult<LabelStamp?>(null);
    }
}
