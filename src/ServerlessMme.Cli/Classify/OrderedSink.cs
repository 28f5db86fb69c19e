using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models;

namespace ServerlessMme.Cli.Classify;

/// <summary>Hands labels on in the order of the images, whatever order they come in. Thread-safe.</summary>
internal sealed class OrderedSink(IReadOnlyList<LocalImage> images, ILabelWriter writer, Action advance) : ILabelSink
{
    // Two folders may hold files of one name, so a name stands for a queue of places.
    private readonly Dictionary<string, Queue<int>> _places = images
        .Select((image, place) => (image.Name, place)).GroupBy(item => item.Name)
        .ToDictionary(group => group.Key, group => new Queue<int>(group.Select(item => item.place)));

    private readonly Dictionary<int, Label> _waiting = [];
    private readonly Lock _lock = new();
    private int _next;

    public Task<LabelStamp?> FindAsync(ModelName model, string image, CancellationToken cancellationToken) =>
        Task.FromResult<LabelStamp?>(null);

    public Task WriteAsync(ModelName model, Label label, CancellationToken cancellationToken)
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
        return Task.CompletedTask;
    }
}
