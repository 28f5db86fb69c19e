using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using ServerlessMme.Core.Models.Manifests;
using ServerlessMme.Onnx.Inspection;

namespace ServerlessMme.Onnx.Sessions;

/// <summary>The rows of a tensor batch, in the form that ONNX Runtime expects. Used for one run.</summary>
internal sealed unsafe class InputRows : IDisposable
{
    private readonly void* _converted;

    private InputRows(OrtValue value, void* converted)
    {
        Value = value;
        _converted = converted;
    }

    public OrtValue Value { get; }

    /// <param name="firstRow">
    /// Address of the first row. The rows are used in place, unless the input is float16.
    /// </param>
    public static InputRows Create(Signature signature, InputSpec input, nint firstRow, int rows)
    {
        var elements = checked(rows * input.ElementCount);
        void* converted = null;
        try
        {
            if (signature.InputType == TensorElementType.Float16)
            {
                converted = NativeMemory.Alloc((nuint)elements, sizeof(ushort));
                // TensorPrimitives would be faster, but its assembly is missing where the Functions host brings its own.
                var values = (float*)firstRow;
                for (var i = 0; i < elements; i++)
                {
                    ((Half*)converted)[i] = (Half)values[i];
                }
            }

            var value = OrtValue.CreateTensorValueWithData(
                OrtMemoryInfo.DefaultInstance,
                signature.InputType,
                Dimensions(signature.Shape, input, rows),
                converted is null ? firstRow : (nint)converted,
                converted is null ? (long)rows * input.ByteCount : (long)elements * sizeof(ushort));
            return new InputRows(value, converted);
        }
        catch
        {
            NativeMemory.Free(converted);
            throw;
        }
    }

    public void Dispose()
    {
        Value.Dispose();
        NativeMemory.Free(_converted);
    }

    private static long[] Dimensions(InputShape shape, InputSpec input, int rows)
    {
        long[] image = input.Layout == TensorLayout.NCHW
            ? [input.ChannelCount, input.Height, input.Width]
            : [input.Height, input.Width, input.ChannelCount];
        return shape switch
        {
            InputShape.Images => [rows, .. image],
            InputShape.ImagesWithoutChannels => [rows, input.Height, input.Width],
            _ => image,
        };
    }
}
