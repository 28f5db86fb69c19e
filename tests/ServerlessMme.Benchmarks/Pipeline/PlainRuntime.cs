using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;

namespace ServerlessMme.Benchmarks.Pipeline;

/// <summary>ONNX Runtime alone on ready tensors: one session, one thread per core.</summary>
internal sealed class PlainRuntime : IDisposable
{
    private readonly SessionOptions _options;
    private readonly InferenceSession _session;
    private readonly int _side;
    private readonly int _batch;

    /// <param name="asProduct">
    /// True for the settings of the product's sessions: no arena. False for ONNX Runtime's own. Both have one thread a
    /// run.
    /// </param>
    public PlainRuntime(string model, int side, int batch, bool asProduct)
    {
        (_side, _batch) = (side, batch);
        _options = new SessionOptions { EnableCpuMemArena = !asProduct, EnableMemoryPattern = !asProduct };
        _options.DisablePerSessionThreads();
        _session = new InferenceSession(model, _options);
    }

    /// <summary>Scores so many images, and returns how many it were.</summary>
    public int Run(int images)
    {
        var runsEach = Math.Max(1, images / _batch / Environment.ProcessorCount);
        var threads = Enumerable.Range(0, Environment.ProcessorCount).Select(_ => new Thread(() => Loop(runsEach)));
        var started = threads.ToList();
        started.ForEach(thread => thread.Start());
#pragma warning disable RS0030 // The threads are the benchmark's own.
        started.ForEach(thread => thread.Join());
#pragma warning restore RS0030
        return runsEach * _batch * Environment.ProcessorCount;
    }

    public void Dispose()
    {
        _session.Dispose();
        _options.Dispose();
    }

    private void Loop(int runs)
    {
        var values = new float[_batch * 3 * _side * _side];
        var random = new Random(3);
        foreach (ref var value in values.AsSpan())
        {
            value = random.NextSingle();
        }

        using var tensor = OrtValue.CreateTensorValueFromMemory(values, [_batch, 3, _side, _side]);
        using var options = new RunOptions();
        string[] inputs = [_session.InputNames[0]], outputs = [_session.OutputNames[0]];
        OrtValue[] tensors = [tensor];
        for (var run = 0; run < runs; run++)
        {
            using var results = _session.Run(options, inputs, tensors, outputs);
            if (MemoryMarshal.GetReference(results[0].GetTensorDataAsSpan<float>()) < 0)
            {
                throw new InvalidOperationException("A probability is negative.");
            }
        }
    }
}
