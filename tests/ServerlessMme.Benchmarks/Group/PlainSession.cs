using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ServerlessMme.Benchmarks.Group;

/// <summary>
/// One model as anybody would load it: all settings are ONNX Runtime's own, but the number of threads. Thread-safe.
/// </summary>
internal sealed class PlainSession : IDisposable
{
    private readonly InferenceSession _session;
    private readonly RunOptions _options = new();
    private readonly int _size;
    private readonly string[] _inputs;
    private readonly string[] _outputs;

    /// <param name="path">Of the ONNX file.</param>
    /// <param name="size">Width and height of an image.</param>
    /// <param name="threads">Threads of one run.</param>
    public PlainSession(string path, int size, int threads)
    {
        using var settings = new SessionOptions { IntraOpNumThreads = threads };
        _session = new InferenceSession(path, settings);
        _size = size;
        _inputs = [_session.InputNames[0]];
        _outputs = [_session.OutputNames[0]];
    }

    /// <summary>The values of the output for images whose tensors follow each other, image by image.</summary>
    public float[] Run(nint tensors, int images)
    {
        var bytes = (long)images * 3 * _size * _size * sizeof(float);
        using var input = OrtValue.CreateTensorValueWithData(OrtMemoryInfo.DefaultInstance,
            TensorElementType.Float, [images, 3, _size, _size], tensors, bytes);
        using var results = _session.Run(_options, _inputs, [input], _outputs);
        return results[0].GetTensorDataAsSpan<float>().ToArray();
    }

    public void Dispose()
    {
        _session.Dispose();
        _options.Dispose();
    }
}
