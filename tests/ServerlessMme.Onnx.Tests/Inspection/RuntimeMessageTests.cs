using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using ServerlessMme.Onnx.Inspection;
using ServerlessMme.Onnx.Sessions;

namespace ServerlessMme.Onnx.Tests.Inspection;

public sealed class RuntimeMessageTests
{
    public RuntimeMessageTests() => OnnxEnvironment.Start(1);

    [Fact]
    public void Failed_allocation_of_this_runtime_is_out_of_memory()
    {
        // A tebibyte of terabytes: no machine grants it, however much it overcommits.
        var exception = Assert.Throws<OnnxRuntimeException>(() => OrtValue.CreateAllocatedTensorValue(
            OrtAllocator.DefaultInstance, TensorElementType.Float, [1L << 58]));

        Assert.True(RuntimeMessage.IsOutOfMemory(exception), exception.Message);
    }

    [Fact]
    public void File_that_is_no_model_is_not_out_of_memory()
    {
        var exception = Assert.Throws<OnnxRuntimeException>(() => new InferenceSession("no model"u8.ToArray()));

        Assert.False(RuntimeMessage.IsOutOfMemory(exception), exception.Message);
    }
}
