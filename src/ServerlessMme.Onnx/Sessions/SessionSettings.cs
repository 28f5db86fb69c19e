using Microsoft.ML.OnnxRuntime;

namespace ServerlessMme.Onnx.Sessions;

/// <summary>The settings that every session has in common.</summary>
internal static class SessionSettings
{
    /// <summary>
    /// Creates settings with the shared thread pool and without arenas. The arena of each warm model would grow to the
    /// model's peak and keep that memory.
    /// </summary>
    public static SessionOptions Create(GraphOptimizationLevel level, bool prePack)
    {
        var options = new SessionOptions
        {
            GraphOptimizationLevel = level,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            EnableCpuMemArena = false,
            EnableMemoryPattern = false,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
        };
        options.DisablePerSessionThreads();
        if (!prePack)
        {
            options.AddSessionConfigEntry("session.disable_prepacking", "1");
        }

        return options;
    }
}
