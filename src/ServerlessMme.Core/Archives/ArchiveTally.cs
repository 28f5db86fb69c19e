using System.Text.Json;
using ServerlessMme.Core.Labels;

namespace ServerlessMme.Core.Archives;

/// <summary>Counts of an archive's lines. Not thread-safe.</summary>
public sealed class ArchiveTally
{
    /// <summary>Number of lines, both labels and errors.</summary>
    public long Lines { get; private set; }

    /// <summary>Number of labels whose answer is below the model's thresholds.</summary>
    public long Unsure { get; private set; }

    /// <summary>Number of entries per label.</summary>
    public SortedDictionary<string, long> Labels { get; } = new(StringComparer.Ordinal);

    /// <summary>Number of entries per error code.</summary>
    public SortedDictionary<string, long> Errors { get; } = new(StringComparer.Ordinal);

    public void Add(Label label)
    {
        if (label.Error is { } error)
        {
            AddTo(Errors, error.Code.ToString());
        }
        else
        {
            AddTo(Labels, label.Top[0].Label);
            Unsure += label.IsUnsure ? 1 : 0;
        }
    }

    /// <summary>Counts stored lines.</summary>
    /// <exception cref="JsonException">A line is not JSON.</exception>
    public static async Task<ArchiveTally> ReadAsync(Stream lines, CancellationToken cancellationToken)
    {
        var tally = new ArchiveTally();
        using var reader = new StreamReader(lines);
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            using var label = JsonDocument.Parse(line);
            if (label.RootElement.TryGetProperty("error", out var error))
            {
                tally.AddTo(tally.Errors, error.GetProperty("code").GetString()!);
            }
            else
            {
                tally.AddTo(tally.Labels, label.RootElement.GetProperty("label").GetString()!);
                tally.Unsure += label.RootElement.TryGetProperty("unsure", out _) ? 1 : 0;
            }
        }

        return tally;
    }

    private void AddTo(SortedDictionary<string, long> counts, string key)
    {
        counts[key] = counts.GetValueOrDefault(key) + 1;
        Lines++;
    }
}
