using System.Diagnostics;
using Microsoft.ML.OnnxRuntime;
using ServerlessMme.Benchmarks.Fleet;

namespace ServerlessMme.Benchmarks.Zipf;

/// <summary>
/// What anybody would write: plain sessions, and the least recently used one is disposed when there are as many as the
/// budget holds, by what the first sessions were seen to take.
/// </summary>
internal sealed class NaiveLru(ZipfOptions options)
{
    private const int Measured = 20;
    private readonly ZipfModels _models = new(options);
    private readonly Dictionary<int, LinkedListNode<(int Model, InferenceSession Session)>> _warm = [];
    private readonly LinkedList<(int Model, InferenceSession Session)> _order = [];
    private readonly float[] _input = Noise(options.Size);
    private int _evictions;

    public ZipfFigures Run()
    {
        var capacity = Capacity();
        var record = new ZipfRecord(options.Requests);
        foreach (var model in options.Demand())
        {
            var hit = _warm.TryGetValue(model, out var node);
            if (!hit)
            {
                _models.Prepare(model);
            }

            var started = Stopwatch.GetTimestamp();
            if (hit)
            {
                _order.Remove(node!);
            }
            else
            {
                node = Load(model, capacity);
            }

            _order.AddFirst(node!);
            Score(node!.Value.Session);
            record.Add(hit, ProcessMemory.Milliseconds(started));
        }

        return record.ToFigures(_evictions, _warm.Count);
    }

    private LinkedListNode<(int, InferenceSession)> Load(int model, int capacity)
    {
        if (_warm.Count == capacity)
        {
            var (oldest, session) = _order.Last!.Value;
            _order.RemoveLast();
            _warm.Remove(oldest);
            session.Dispose();
            _evictions++;
        }

        return _warm[model] = new LinkedListNode<(int, InferenceSession)>((model, Open(model)));
    }

    private int Capacity()
    {
        using (var first = Open(0))
        {
            Score(first);
        }

        var before = ProcessMemory.PrivateMiB();
        var sessions = new List<InferenceSession>();
        double taken;
        do
        {
            sessions.Add(Open(0));
            Score(sessions[^1]);
            taken = ProcessMemory.PrivateMiB() - before;
        }
        // Large models must not exceed the budget, or their limit, while they are measured.
        while (sessions.Count < Measured && taken < options.BudgetMiB / 2.0);

        var each = taken / sessions.Count;
        sessions.ForEach(session => session.Dispose());
        return Math.Max(1, (int)(options.BudgetMiB / each));
    }

    private InferenceSession Open(int model)
    {
        using var settings = new SessionOptions();
        if (options.LimitMiB > 0)
        {
            // By default each session has a thread for each core, which spin after a run and take the processor from
            // loads: a miss took 65 ms instead of some. Who cares for a memory limit sees that too.
            settings.IntraOpNumThreads = 1;
        }

        return new InferenceSession(_models.PathOf(model), settings);
    }

    private void Score(InferenceSession session)
    {
        using var run = new RunOptions();
        using var input = OrtValue.CreateTensorValueFromMemory(_input, [1, 3, options.Size, options.Size]);
        using var results = session.Run(run, ["input"], [input], ["probabilities"]);
        results[0].GetTensorDataAsSpan<float>().ToArray();
    }

    private static float[] Noise(int size)
    {
        var random = new Random(3);
        return [.. Enumerable.Range(0, 3 * size * size).Select(_ => random.NextSingle())];
    }
}
