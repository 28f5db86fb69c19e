using Microsoft.ML.OnnxRuntime;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;
using ServerlessMme.Onnx.Inspection;

namespace ServerlessMme.Onnx.Trials;

/// <summary>Refusals of models that cannot be loaded.</summary>
internal static class LoadRefusals
{
    public static Refusal NotLoadable(ModelName name, OnnxRuntimeException exception) => Invalid(name,
        $"cannot be loaded by ONNX Runtime {OrtEnv.Instance().GetVersionString()} ({RuntimeMessage.Of(exception)}). "
        + "Export the model again, for example with an older opset.");

    /// <summary>The machine is out of memory.</summary>
    public static Refusal OutOfMemory(ModelName name, string? detail) => new(ErrorCode.OutOfMemory,
        $"There is not enough free memory to load model '{name}' ({detail}). Unload other models, lower "
        + "Mme:Models:BudgetBytes, or use a machine with more memory.");

    /// <summary>The model exceeded its memory limit.</summary>
    public static Refusal TooGreedy(ModelName name, long bytes) => Invalid(name,
        $"needs more than {bytes:N0} bytes of memory to load and to score one image. This is the limit for one model "
        + "(three quarters of Mme:Models:BudgetBytes). Publish a smaller model, or give the process more memory.");

    public static Refusal TooSlowToLoad(ModelName name, TimeSpan limit) => Invalid(name,
        $"could not be opened within {Seconds.Of(limit)}. Publish a simpler model, or raise Mme:Models:LoadTimeout.");

    public static Refusal TooSlowToRun(ModelName name, TimeSpan limit) => Invalid(name,
        $"did not score a test image within {Seconds.Of(limit)}. Publish a faster model, or raise "
        + "Mme:Onnx:RunTimeout.");

    public static Refusal Crashed(ModelName name, string? detail) => Invalid(name,
        $"crashed the child process that tested it ({detail}). Export the model again, for example with an older "
        + "opset.");

    private static Refusal Invalid(ModelName name, string problem) =>
        new(ErrorCode.InvalidModel, $"model.onnx of model '{name}' {problem}");
}
