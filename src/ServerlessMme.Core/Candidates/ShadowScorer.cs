using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Jobs;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Pipeline;
using ServerlessMme.Core.Requests;
using ServerlessMme.Core.Tracing;

namespace ServerlessMme.Core.Candidates;

/// <summary>
/// Scores a share of live drops with a candidate, after their labels are written. A failure is logged, costs no label,
/// and pauses the candidate for a minute. Checks for shadows twice a minute, regardless of the number of models.
/// Thread-safe; one per process.
/// </summary>
public sealed class ShadowScorer(
    ShadowStore store,
    BatchClassifier classifier,
    IImageSource images,
    TimeProvider time,
    ILogger<ShadowScorer> logger) : IDisposable
{
    private static readonly TimeSpan RefreshInterval = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);
    private readonly string _process = RandomNumberGenerator.GetHexString(12, lowercase: true);
    private readonly SemaphoreSlim _refreshing = new(1);
    private Dictionary<ModelName, Run> _runs = [];
    private long _refreshedAt;
    private bool _isKnown;

    /// <summary>Scores the labeled images that fall into the model's shadow, if it has one.</summary>
    /// <param name="labels">The labels that were written.</param>
    public async Task ScoreAsync(
        ModelName model, IReadOnlyCollection<Label> labels, CancellationToken cancellationToken)
    {
        Run? run = null;
        try
        {
            await RefreshAsync(cancellationToken);
            run = _runs.GetValueOrDefault(model);
            if (run is { IsFull: false } && time.GetTimestamp() >= run.NotBefore)
            {
                await ScoreAsync(run, run.Take(labels), cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The labels are written, so the message is answered.
        }
        catch (Exception exception)
        {
            // Without the pause, a candidate that can't get memory would hold up each batch of labels.
            run?.NotBefore = time.GetTimestamp() + (long)(Pause.TotalSeconds * time.TimestampFrequency);
            logger.LogWarning(exception, "The shadow candidate of {Model} failed to score images", model);
        }
    }

    public void Dispose() => _refreshing.Dispose();

    private async Task ScoreAsync(Run run, IReadOnlyList<Label> labels, CancellationToken cancellationToken)
    {
        if (labels.Count == 0)
        {
            return;
        }

        var shadow = run.Shadow;
        using var span = Spans.Start("shadow", shadow.Candidate.Value);
        var collector = new AnswerCollector(() => { });
        await classifier.RunAsync(
            new ClassifyRequest(shadow.Candidate, [.. labels.Select(label => label.Image.Name)]),
            new CandidateImages(images, shadow.Model),
            collector,
            observer: null,
            cancellationToken);
        await store.WriteAsync(shadow, _process, run.Count(labels, collector.Answers), cancellationToken);
    }

    private async Task RefreshAsync(CancellationToken cancellationToken)
    {
        if (_isKnown && time.GetElapsedTime(Interlocked.Read(ref _refreshedAt)) < RefreshInterval)
        {
            return;
        }

        await _refreshing.WaitAsync(cancellationToken);
        try
        {
            if (_isKnown && time.GetElapsedTime(_refreshedAt) < RefreshInterval)
            {
                return;
            }

            // Set before listing, so failing storage is not queried with each message.
            Interlocked.Exchange(ref _refreshedAt, time.GetTimestamp());
            _isKnown = true;
            var runs = new Dictionary<ModelName, Run>();
            await foreach (var shadow in store.ListAsync(cancellationToken))
            {
                var run = _runs.GetValueOrDefault(shadow.Model) is { } known && known.Shadow.Run == shadow.Run
                    ? known
                    : new Run(shadow);
                if (!run.IsFull)
                {
                    run.Others = (await store.SumAsync(shadow, _process, cancellationToken)).Scored;
                }

                runs[shadow.Model] = run;
            }

            _runs = runs;
        }
        finally
        {
            _refreshing.Release();
        }
    }

    /// <summary>One shadow, and this process's counts for it. Thread-safe.</summary>
    private sealed class Run(Shadow shadow)
    {
        private readonly Lock _lock = new();
        private readonly HashSet<ulong> _taken = [];
        private ShadowTally _tally = ShadowTally.Nothing;

        // Images in _taken that the tally includes, or that the candidate failed to answer.
        private long _counted;

        public Shadow Shadow { get; } = shadow;

        /// <summary>Images scored by other processes, as of the last refresh.</summary>
        public long Others { get; set; }

        /// <summary>The timestamp until which a failed candidate is paused.</summary>
        public long NotBefore { get; set; }

        public bool IsFull
        {
            get
            {
                lock (_lock)
                {
                    return _tally.Scored + Others >= Shadow.Limit;
                }
            }
        }

        /// <summary>
        /// Selects the images to score, as many as the limit allows. A hash of the name decides, so an image dropped
        /// again gets the same decision. If two messages contain the same image at the same time, it counts once.
        /// </summary>
        public IReadOnlyList<Label> Take(IEnumerable<Label> labels)
        {
            lock (_lock)
            {
                return
                [
                    // An alias may point to the candidate by now, and a model always agrees with itself.
                    .. labels.Where(label => label.Model.Target != Shadow.Candidate.Value
                            && Hash(label.Image.Name) <= Shadow.Share * ulong.MaxValue)
                        .Where(label => _tally.Scored + Others + _taken.Count - _counted < Shadow.Limit
                            && _taken.Add(Hash($"{label.Image.Name}/{label.Image.ETag}"))),
                ];
            }
        }

        private ulong Hash(string text) =>
            BitConverter.ToUInt64(SHA256.HashData(Encoding.UTF8.GetBytes($"{Shadow.Run}/{text}")));

        public ShadowTally Count(IReadOnlyList<Label> labels, IReadOnlyDictionary<string, GivenAnswer> answers)
        {
            var pairs = labels.Where(label => answers.ContainsKey(label.Image.Name))
                .Select(label => new ShadowExample(
                    label.Image.Name, label.Answer, answers[label.Image.Name].Answer))
                .ToList();
            var changed = pairs.Where(pair => pair.From != pair.To).ToList();
            var counted = new ShadowTally(
                pairs.Count,
                pairs.Count - changed.Count,
                [.. pairs.CountBy(pair => (pair.From, pair.To))
                    .Select(pair => new AnswerChange(pair.Key.From, pair.Key.To, pair.Value))],
                changed);
            lock (_lock)
            {
                _counted += labels.Count;
                return _tally = _tally.Plus(counted);
            }
        }
    }
}
