using System.Collections.Concurrent;

namespace ServerlessMme.Core.Models.Cache;

/// <summary>
/// Values of the tag <c>model</c>: each is a time series of its own in whatever stores the metrics, so only so many
/// models have one. Thread-safe.
/// </summary>
internal sealed class ModelTags(int max)
{
    public const string Other = "other";

    private readonly ConcurrentDictionary<string, bool> _kept = new(StringComparer.Ordinal);
    private int _count;

    /// <summary>The model's name, or <see cref="Other"/> when enough models came before it.</summary>
    public KeyValuePair<string, object?> Of(ModelName name) => new(ModelMetrics.ModelTag, Value(name.Value));

    private string Value(string name)
    {
        if (_kept.ContainsKey(name))
        {
            return name;
        }

        if (Volatile.Read(ref _count) >= max)
        {
            return Other;
        }

        lock (_kept)
        {
            if (_count >= max)
            {
                return _kept.ContainsKey(name) ? name : Other;
            }

            if (_kept.TryAdd(name, true))
            {
                _count++;
            }

            return name;
        }
    }
}
