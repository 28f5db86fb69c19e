using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models;

namespace ServerlessMme.Cli.Classify;

/// <summary>Prints labels in the order of the images, regardless of when they arrive. Thread-safe.</summary>
internal sealed class OrderedSink : ILabelSink
{
    // Files in different folders may have the same name, so each name maps to a queue of positions.
    private readonly Dictionary<string, Queue<int>> _places = [];
    private readonly ILabelWriter _writer;
    private readonly Action _advance;
    private readonly Dictionary<int, Label> _waiting = [];
    private readonly Lock _lock = new();
    private int _next;

    public OrderedSink(IReadOnlyList<LocalImage> images, ILabelWriter writer, Action advance)
    {
        _writer = writer;
        _advance = advance;
        for (var place = 0; place < images.Count; place++)
        {
            if (!_places.TryGetValue(images[place].Name, out var places))
            {
                places = [];
                _places.Add(images[place].Name, places);
            }

            places.Enqueue(place);
        }
    }

    public Task<LabelStamp?> FindAsync(ModelName model, string image, CancellationToken cancellationToken) =>
        Task.FromResult<LabelStamp?>(null);

    public Task<LabelStamp?> WriteAsync(ModelName model, Label label, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _waiting.Add(_places[label.Image.Name].Dequeue(), label);
            while (_waiting.Remove(_next, out var next))
            {
                _writer.Write(next);
                _next++;
            }
        }

        _advance();
        return Task.FromResult<LabelStamp?>(null);
    }
}
