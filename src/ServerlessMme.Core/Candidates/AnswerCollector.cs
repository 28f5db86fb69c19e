using System.Collections.Concurrent;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models;

namespace ServerlessMme.Core.Candidates;

/// <summary>Keeps answers in memory instead of writing labels. Thread-safe.</summary>
/// <param name="advance">Called once per image.</param>
internal sealed class AnswerCollector(Action advance) : ILabelSink
{
    private readonly ConcurrentDictionary<string, GivenAnswer> _answers = new(StringComparer.Ordinal);

    /// <summary>The answers by image name. Complete once the batch has ended.</summary>
    public IReadOnlyDictionary<string, GivenAnswer> Answers => _answers;

    public Task<LabelStamp?> FindAsync(ModelName model, string image, CancellationToken cancellationToken) =>
        Task.FromResult<LabelStamp?>(null);

    public Task<LabelStamp?> WriteAsync(ModelName model, Label label, CancellationToken cancellationToken)
    {
        _answers[label.Image.Name] = GivenAnswer.Of(label);
        advance();
        return Task.FromResult<LabelStamp?>(null);
    }
}
