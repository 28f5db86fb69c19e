using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using ServerlessMme.Core.Models;
using ServerlessMme.Onnx.Inspection;

namespace ServerlessMme.Onnx.Sessions;

/// <summary>A session with what must be known to run it. Thread-safe; the owner disposes after the last run.</summary>
internal sealed class OnnxModel(LoadedSession loaded, Signature signature, InputSpec input) : IDisposable
{
    private readonly string[] _inputs = [signature.Input];
    private readonly string[] _outputs = [signature.Output];

    /// <summary>True when a run may take more than one image.</summary>
    public bool FreeBatch => signature.FreeBatch;

    /// <summary>Memory that the model keeps to itself until it is disposed.</summary>
    public long PrivateBytes => loaded.PrivateBytes;

    /// <summary>Runs the rows that begin at an address; the output's values, row by row.</summary>
    /// <exception cref="OnnxRuntimeException">The model cannot be run on them.</exception>
    public float[] Run(nint firstRow, int rows, CancellationToken cancellationToken)
    {
        using var options = new RunOptions();
        using var registration = cancellationToken.UnsafeRegister(
            static state => ((RunOptions)state!).Terminate = true, options);
        using var tensor = OrtValue.CreateTensorValueWithData(OrtMemoryInfo.DefaultInstance, ElementType, Shape(rows),
            firstRow, (long)rows * input.ByteCount);
        try
        {
            using var results = loaded.Session.Run(options, _inputs, [tensor], _outputs);
            return results[0].GetTensorDataAsSpan<float>().ToArray();
        }
        catch (OnnxRuntimeException) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
    }

    public void Dispose() => loaded.Dispose();

    private TensorElementType ElementType =>
        input.Type == TensorType.Float32 ? TensorElementType.Float : TensorElementType.UInt8;

    private long[] Shape(int rows) => input.Layout == TensorLayout.NCHW
        ? [rows, input.ChannelCount, input.Height, input.Width]
        : [rows, input.Height, input.Width, input.ChannelCount];
}
